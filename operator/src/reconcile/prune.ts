import {
  type ApiClient,
  isNotFound,
  type KubeObject,
  keyOf,
  kindKey,
  type Resource,
} from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { BY_PROJECT, type Caches } from '../caches.ts';
import type { Desired } from '../resources/desired.ts';

/** Data and what opens it is never deleted because the spec does not mention it any more. */
const KEPT = ['PersistentVolumeClaim', 'Secret'];

/** Deletes what was a project's and no longer is: the objects of a component that was switched off, for instance. */
export async function prune(
  project: TelestackProject,
  desired: readonly Desired[],
  client: ApiClient,
  caches: Caches,
  signal: AbortSignal,
): Promise<Resource[]> {
  const wanted = new Set(desired.map(({ resource, object }) => `${kindKey(resource)}/${keyOf(object)}`));
  const deleted: Resource[] = [];
  for (const { resource, object } of ownedObjects(project, caches)) {
    const isOurs = object.metadata.ownerReferences?.some(({ uid }) => uid === project.metadata.uid);
    if (KEPT.includes(resource.kind) || !isOurs || object.metadata.deletionTimestamp !== undefined) continue;
    if (wanted.has(`${kindKey(resource)}/${keyOf(object)}`)) continue;
    const { namespace, name, uid } = object.metadata;
    await client.delete(resource, namespace, name, { uid, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    deleted.push(resource);
  }
  return deleted;
}

/** All objects of a project that the caches know. */
export function ownedObjects(
  { metadata }: Pick<TelestackProject, 'metadata'>,
  caches: Caches,
): { resource: Resource; object: KubeObject }[] {
  const key = `${metadata.namespace}/${metadata.name}`;
  return [...caches.owned.values()].flatMap(({ resource, store }) =>
    store.byIndex(BY_PROJECT, key).map((object) => ({ resource, object })),
  );
}
