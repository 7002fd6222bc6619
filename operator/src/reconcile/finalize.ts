import { type ApiClient, isNotFound } from '@telestack/controller';
import { projects, type TelestackProject } from '../api/project.ts';
import type { Caches } from '../caches.ts';
import { DATA_FINALIZER } from '../resources/names.ts';
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

/**
 * Deletes a project's objects and data, then lets it go. Pods go first: a volume that is in use stays until its pod has gone. Resolves to true
 * when nothing is left.
 */
export async function deleteData(
  project: TelestackProject,
  client: ApiClient,
  caches: Caches,
  signal: AbortSignal,
): Promise<boolean> {
  const left = ownedObjects(project, caches);
  for (const { resource, object } of left) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const { namespace, name, uid } = object.metadata;
    await client.delete(resource, namespace, name, { uid, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
  return left.length === 0;
}
