import { type ApiClient, isNotFound } from '@telestack/controller';
import { projects, type TelestackProject } from '../api/project.ts';
import type { Caches } from '../caches.ts';
import { DATA_FINALIZER } from '../resources/names.ts';
import { natsSecret } from '../resources/streams.ts';
import { ownedObjects } from './prune.ts';

/** Only a project whose data shall go with it is held back until that has happened. Resolves to true when the finalizer was changed. */
export async function ensureFinalizer(
  project: TelestackProject,
  client: ApiClient,
  signal: AbortSignal,
): Promise<boolean> {
  const { finalizers = [], namespace, name, resourceVersion } = project.metadata;
  const has = finalizers.includes(DATA_FINALIZER);
  const wants = project.spec.deletionPolicy === 'Delete' && project.metadata.deletionTimestamp === undefined;
  if (has === wants) return false;
  const changed = wants ? [...finalizers, DATA_FINALIZER] : finalizers.filter((it) => it !== DATA_FINALIZER);
  const patch = { metadata: { resourceVersion, finalizers: changed } };
  await client.merge(projects, namespace, name, patch, { signal });
  return true;
}

/** Names what holds data: it is kept, or deleted, by the policy. */
export function dataObjects(project: Pick<TelestackProject, 'metadata'>, caches: Caches) {
  return ownedObjects(project, caches).filter(
    ({ resource, object }) =>
      ['PersistentVolumeClaim', 'Secret'].includes(resource.kind) &&
      (object.metadata.ownerReferences ?? []).length === 0,
  );
}

type Owned = ReturnType<typeof ownedObjects>;

/** Deletes a project's objects and data. Pods go with what makes them; a volume that is in use stays until its pod has gone. */
export async function deleteData(left: Owned, client: ApiClient, signal: AbortSignal): Promise<void> {
  for (const { resource, object } of left) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const { namespace, name, uid } = object.metadata;
    await client.delete(resource, namespace, name, { uid, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

/** The Secret by which the project's account of NATS is known. */
export function isAccount(project: TelestackProject, { resource, object }: Owned[number]): boolean {
  return resource.kind === 'Secret' && object.metadata.name === natsSecret(project);
}

const NAMED = 5;

/** Says what a deletion waits for. */
export function leftOver(left: Owned): string {
  const names = left.map(({ resource, object }) => `${resource.kind} ${object.metadata.name}`);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.length === 0
    ? 'nothing is left'
    : `waits for ${names.slice(0, NAMED).join(', ')}${more} to go`;
}
