import type { KubeObject } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import type { Caches } from '../caches.ts';
import { secretReferences } from '../references.ts';
import { type ComponentName, nameFor } from '../resources/names.ts';
import { NEEDS_NATS } from '../resources/network.ts';
import { NEEDS_DATABASE } from '../resources/postgresql.ts';
import { DATA_VOLUME } from '../resources/stateful-set.ts';
import type { Problem } from './problem.ts';

interface StorageClass extends KubeObject {
  allowVolumeExpansion?: boolean;
}

interface Claim extends KubeObject {
  spec: { storageClassName?: string; resources: { requests: { storage: string } } };
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** What the caches tell to be wrong: Secrets and storage classes that the spec names and that are not there. */
export function referenceProblems(project: TelestackProject, caches: Caches): Problem[] {
  return [...secretProblems(project, caches), ...volumeProblems(project, caches)];
}

function secretProblems(project: TelestackProject, caches: Caches): Problem[] {
  return secretReferences(project).flatMap(({ name, keys, field }): Problem[] => {
    const secret = caches.secrets.store.get(`${project.metadata.namespace}/${name}`);
    const holds = usersOf(field);
    if (secret === undefined)
      return [{ reason: 'SecretNotFound', message: `${field}: the Secret ${name} does not exist`, holds }];
    const missing = keys.filter((key) => secret.data?.[key] === undefined);
    if (missing.length === 0) return [];
    const message = `${field}: the Secret ${name} has no key ${missing.join(', ')}`;
    return [{ reason: 'SecretKeyNotFound', message, holds }];
  });
}

/** Which components cannot start without the Secret of this field. */
function usersOf(field: string): readonly ComponentName[] {
  if (field.startsWith('spec.postgresql.external')) return NEEDS_DATABASE;
  if (field.startsWith('spec.restoreFrom')) return ['postgresql'];
  if (field.startsWith('spec.nats')) return NEEDS_NATS;
  if (field.startsWith('spec.centrifugo')) return ['centrifugo'];
  if (field.startsWith('spec.storage')) return ['storage', 'compact'];
  if (field.startsWith('spec.supertokens') || field.startsWith('spec.auth')) return ['identity', 'compact'];
  return [];
}

function volumeProblems(project: TelestackProject, caches: Caches): Problem[] {
  const { postgresql, storage } = project.spec;
  const volumes = [
    {
      component: 'postgresql' as const,
      field: 'spec.postgresql.managed.storage',
      volume: postgresql.managed?.storage,
    },
    {
      component: 'minio' as const,
      field: 'spec.storage.managed.storage',
      volume: storage.enabled ? storage.managed?.storage : undefined,
    },
  ];
  return volumes.flatMap(({ component, field, volume }): Problem[] => {
    if (volume === undefined) return [];
    const classes = [...caches.storageClasses.store.values()] as StorageClass[];
    const wanted = volume.storageClassName;
    const claim = caches.owned
      .get('/PersistentVolumeClaim')
      ?.store.get(`${project.metadata.namespace}/${DATA_VOLUME}-${nameFor(project, component)}-0`) as
      | Claim
      | undefined;
    const isThere = (name: string) => classes.find((it) => it.metadata.name === name);
    if (wanted !== undefined && isThere(wanted) === undefined) {
      const known = classes.map(({ metadata }) => metadata.name).sort();
      const message = `${field}.storageClassName: the StorageClass ${wanted} does not exist; there are: ${known.join(', ') || 'none'}`;
      return [{ reason: 'StorageClassNotFound', message, holds: [component] }];
    }
    if (wanted === undefined && claim === undefined) {
      if (classes.some(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')) return [];
      const message = `${field}.storageClassName: none is given, and the cluster has no default StorageClass`;
      return [{ reason: 'StorageClassNotFound', message, holds: [component] }];
    }
    const used = isThere(claim?.spec.storageClassName ?? '');
    const grows = claim !== undefined && claim.spec.resources.requests.storage !== volume.size;
    if (grows && used !== undefined && used.allowVolumeExpansion !== true) {
      const message = `${field}.size: the StorageClass ${used.metadata.name} does not let volumes grow`;
      return [{ reason: 'VolumeCannotGrow', message, holds: [] }];
    }
    return [];
  });
}
