import {
  hashOf,
  type Informer,
  type KubeObject,
  kindKey,
  type Manager,
  type Resource,
  resources,
} from '@telestack/controller';
import { projects, type TelestackProject } from './api/project.ts';
import { referencesOf } from './references.ts';
import { MANAGED_SELECTOR } from './resources/names.ts';

/** Index of a project's own objects, by "namespace/project". */
export const BY_PROJECT = 'project';
/** Index of projects by what they refer to: "namespace/Secret/name". */
export const BY_REFERENCE = 'reference';

/** What is watched because projects own such objects. */
export const OWNED: readonly Resource[] = [
  resources.deployment,
  resources.statefulSet,
  resources.service,
  resources.serviceAccount,
  resources.networkPolicy,
  resources.podDisruptionBudget,
  resources.horizontalPodAutoscaler,
  resources.cronJob,
  resources.job,
  resources.ingress,
  resources.persistentVolumeClaim,
];

/** A Secret as it is kept in memory: hashes in place of values. */
export interface SecretDigest extends KubeObject {
  data?: Readonly<Record<string, string>>;
}

export interface ConfigMapObject extends KubeObject {
  data?: Readonly<Record<string, string>>;
}

/** All that the operator knows of the cluster. */
export interface Caches {
  readonly projects: Informer<TelestackProject>;
  readonly secrets: Informer<SecretDigest>;
  readonly configMaps: Informer<ConfigMapObject>;
  readonly storageClasses: Informer<KubeObject>;
  readonly pods: Informer<KubeObject>;
  /** Kinds of which projects own objects, by kindKey(); Secrets and ConfigMaps too. */
  readonly owned: ReadonlyMap<string, Informer<KubeObject>>;
}

export interface CacheOptions {
  /** Undefined: all namespaces. */
  readonly namespace?: string;
  /** The cluster has the Gateway API. */
  readonly hasHttpRoutes: boolean;
}

export function createCaches(manager: Manager, { namespace, hasHttpRoutes }: CacheOptions): Caches {
  const indexes = {
    [BY_PROJECT]: (object: KubeObject) => [projectKeyOf(object)].filter((key) => key !== ''),
  };
  const secrets = manager.informer<SecretDigest>(resources.secret, {
    namespace,
    // Releases of Helm are large and nobody's reference.
    fieldSelector: 'type!=helm.sh/release.v1',
    indexes,
    transform: digestSecret,
  });
  const configMaps = manager.informer<ConfigMapObject>(resources.configMap, {
    namespace,
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
    indexes,
  });
  const owned = new Map<string, Informer<KubeObject>>();
  for (const resource of hasHttpRoutes ? [...OWNED, resources.httpRoute] : OWNED) {
    const options = { namespace, labelSelector: MANAGED_SELECTOR, indexes };
    owned.set(kindKey(resource), manager.informer<KubeObject>(resource, options));
  }
  owned.set(kindKey(resources.secret), secrets as unknown as Informer<KubeObject>);
  owned.set(kindKey(resources.configMap), configMaps as unknown as Informer<KubeObject>);
  return {
    projects: manager.informer<TelestackProject>(projects, {
      namespace,
      indexes: { [BY_REFERENCE]: referencesOf },
    }),
    secrets,
    configMaps,
    storageClasses: manager.informer(resources.storageClass),
    pods: manager.informer(resources.pod, {
      namespace,
      labelSelector: MANAGED_SELECTOR,
      indexes,
      transform: ({ apiVersion, kind, metadata, status }) => ({
        apiVersion,
        kind,
        metadata: { ...metadata, managedFields: undefined },
        status,
      }),
    }),
    owned,
  };
}

/** "namespace/project" of an object that belongs to one, else ''. */
export function projectKeyOf({ metadata }: KubeObject): string {
  const { labels } = metadata;
  if (labels?.['app.kubernetes.io/part-of'] !== 'telestack') return '';
  return `${metadata.namespace}/${labels['app.kubernetes.io/instance']}`;
}

/** Values are of no use to the operator, only whether they are there and have changed: so they do not stay in its memory. */
export function digestSecret({ metadata, data, ...rest }: SecretDigest): SecretDigest {
  const { managedFields: _, ...kept } = metadata;
  return {
    apiVersion: rest.apiVersion,
    kind: rest.kind,
    metadata: kept,
    data: Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, hashOf(value)])),
  };
}
