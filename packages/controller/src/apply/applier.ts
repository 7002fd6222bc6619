import { createHash } from 'node:crypto';
import { isInvalid } from '../api/api-error.ts';
import type { ApiClient } from '../api/client.ts';
import { type KubeObject, keyOf } from '../api/object.ts';
import { kindKey, objectPath, type Resource } from '../api/resource.ts';
import { findDrift, firstDifference, project } from './drift.ts';

export interface ApplierOptions {
  readonly client: ApiClient;
  /** One name for all that this controller owns. */
  readonly fieldManager: string;
  /** Annotation that keeps the hash of what was applied last: tells that a field was taken out of the desired state. */
  readonly hashAnnotation: string;
  /** Told of each write. `path`: the first place where the object was not as it should be; '' for a new one. */
  readonly onApply?: (resource: Resource, key: string, path: string) => void;
}

/** How the API server wrote down what we applied, where it does not write it as we do. */
interface Baseline {
  readonly hash: string;
  readonly uid: string;
  readonly projection: unknown;
}

/**
 * Server-side apply that makes no request when the object is as it should be. An object is written when it is missing, when the desired state is
 * not what was applied last, or when somebody changed a field that is ours; fields of others are left alone.
 */
export class Applier {
  readonly #options: ApplierOptions;
  readonly #baselines = new Map<string, Baseline>();

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** Resolves to the object as it is now. `live`: what the cache has. ApiError when the write is refused. */
  async apply<T extends KubeObject>(
    resource: Resource,
    desired: T,
    live: T | undefined,
    signal?: AbortSignal,
  ): Promise<T> {
    const { hashAnnotation } = this.#options;
    const key = `${kindKey(resource)}/${keyOf(desired)}`;
    const hash = hashOf(desired);
    const wanted = withAnnotation(desired, hashAnnotation, hash);
    const path = live === undefined ? '' : this.#driftOf(key, hash, wanted, live);
    if (path === undefined) return live!;
    const applied = await this.#patch(resource, wanted, 'application/apply-patch+yaml', signal).catch(
      async (error: unknown) => {
        if (live === undefined || !isInvalid(error)) throw error;
        // What others added to a list may contradict what is ours in it: the lists as a whole are put back, and then owned.
        await this.#patch(resource, wanted, 'application/merge-patch+json', signal);
        return this.#patch(resource, wanted, 'application/apply-patch+yaml', signal);
      },
    );
    this.#remember(key, hash, wanted, applied);
    this.#options.onApply?.(resource, keyOf(desired), path);
    return applied;
  }

  /** The object is gone: nothing is to be remembered of it. */
  forget(resource: Resource, key: string): void {
    this.#baselines.delete(`${kindKey(resource)}/${key}`);
  }

  #patch<T extends KubeObject>(resource: Resource, object: T, contentType: string, signal?: AbortSignal) {
    const { namespace, name } = object.metadata;
    const isApply = contentType.includes('apply');
    return this.#options.client.request<T>({
      method: 'PATCH',
      path: objectPath(resource, namespace, name),
      query: { fieldManager: this.#options.fieldManager, ...(isApply ? { force: true } : {}) },
      contentType,
      body: object,
      signal,
    });
  }

  #driftOf(key: string, hash: string, wanted: KubeObject, live: KubeObject): string | undefined {
    const baseline = this.#baselines.get(key);
    if (baseline?.hash !== hash || baseline.uid !== live.metadata.uid) return findDrift(wanted, live);
    return firstDifference(baseline.projection, project(wanted, live));
  }

  /** Only where the server's form differs from ours: for most objects nothing is kept. */
  #remember(key: string, hash: string, wanted: KubeObject, applied: KubeObject): void {
    if (findDrift(wanted, applied) === undefined) this.#baselines.delete(key);
    else
      this.#baselines.set(key, {
        hash,
        uid: applied.metadata.uid ?? '',
        projection: project(wanted, applied),
      });
  }
}

/** The hash of a value of JSON, whatever the order of its fields. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

function withAnnotation<T extends KubeObject>(object: T, name: string, value: string): T {
  const { annotations } = object.metadata;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [name]: value } } };
}
