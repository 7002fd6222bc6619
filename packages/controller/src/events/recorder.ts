import { createHash, randomUUID } from 'node:crypto';
import { isNotFound } from '../api/api-error.ts';
import type { ApiClient } from '../api/client.ts';
import type { KubeObject } from '../api/object.ts';
import { resources } from '../api/resource.ts';

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** Why, in UpperCamelCase, for machines: "VolumeGrown". */
  readonly reason: string;
  /** What the controller did, in UpperCamelCase: "Reconcile". */
  readonly action: string;
  /** For people; up to 1 kB. */
  readonly note: string;
}

export interface RecorderOptions {
  readonly client: ApiClient;
  /** "telestack.dev/operator" */
  readonly controller: string;
  readonly instance: string;
  readonly onFailure?: (error: unknown) => void;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastAt: number;
  /** When the API server last heard of it. */
  toldAt: number;
}

/** The API's own limit is after 6 minutes: a later one is a new event. */
const SERIES_MS = 6 * 60_000;
/** A repeated event updates its series this often at most. */
const TELL_MS = 30_000;
const MAX_SERIES = 2_000;
const MAX_PENDING = 200;

/** Writes events (events.k8s.io/v1). The same event again becomes a series, not a second one. Events are news, not state: they may be lost. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  #pending = 0;
  #idle = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Does not wait, and never throws. */
  record(about: KubeObject, happening: Happening): void {
    if (this.#pending >= MAX_PENDING) return;
    this.#pending++;
    // One after the other: a series must not be updated before its event exists.
    this.#idle = this.#idle
      .then(() => this.#write(about, happening))
      .catch((error: unknown) => this.#options.onFailure?.(error))
      .finally(() => {
        this.#pending--;
      });
  }

  /** Resolves when all events so far are written or lost. */
  async flush(): Promise<void> {
    await this.#idle;
  }

  async #write(about: KubeObject, happening: Happening): Promise<void> {
    const { uid = '' } = about.metadata;
    const identity = [uid, happening.type, happening.reason, happening.action, happening.note].join('\n');
    const key = createHash('sha256').update(identity).digest('hex');
    const now = Date.now();
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < SERIES_MS) {
      known.count++;
      known.lastAt = now;
      if (now - known.toldAt < TELL_MS && known.count > 2) return;
      known.toldAt = now;
      try {
        await this.#tellSeries(known);
        return;
      } catch (error) {
        // Events live for an hour: it may be gone by now.
        if (!isNotFound(error)) throw error;
      }
    }
    this.#series.delete(key);
    this.#series.set(key, { ...(await this.#create(about, happening)), count: 1, lastAt: now, toldAt: now });
    const oldest = this.#series.keys().next().value;
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  async #create(about: KubeObject, happening: Happening): Promise<{ namespace: string; name: string }> {
    const { apiVersion, kind, metadata } = about;
    const namespace = metadata.namespace ?? 'default';
    const name = `${metadata.name.slice(0, 200)}.${randomUUID().slice(0, 13)}`;
    await this.#options.client.create(resources.event, {
      metadata: { namespace, name },
      eventTime: microTime(new Date()),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      regarding: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
      ...happening,
      note: happening.note.slice(0, 1_000),
    });
    return { namespace, name };
  }

  async #tellSeries({ namespace, name, count, lastAt }: Series): Promise<void> {
    const series = { count, lastObservedTime: microTime(new Date(lastAt)) };
    await this.#options.client.merge(resources.event, namespace, name, { series });
  }
}

function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
