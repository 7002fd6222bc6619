/** A kind of object, and where the API serves it. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** "apps/v1", as in `apiVersion`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** "apps/Deployment": names a kind whatever its version. */
export function kindKey({ group, kind }: Resource): string {
  return `${group}/${kind}`;
}

/** Path of the kind's objects in one namespace, or in all. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}`;
}

export function objectPath(resource: Resource, namespace: string | undefined, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** "deployments" of a path that the functions above make, '' of others. */
export function resourceOfPath(path: string): string {
  return /^\/(?:api|apis\/[^/]+)\/[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)/.exec(path)?.[1] ?? '';
}

const resource = (
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource => ({ group, version, kind, plural, namespaced });

/** The kinds of Kubernetes itself that controllers use. */
export const resources = {
  configMap: resource('', 'v1', 'ConfigMap', 'configmaps'),
  namespace: resource('', 'v1', 'Namespace', 'namespaces', false),
  node: resource('', 'v1', 'Node', 'nodes', false),
  persistentVolume: resource('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  persistentVolumeClaim: resource('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  pod: resource('', 'v1', 'Pod', 'pods'),
  secret: resource('', 'v1', 'Secret', 'secrets'),
  service: resource('', 'v1', 'Service', 'services'),
  serviceAccount: resource('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  deployment: resource('apps', 'v1', 'Deployment', 'deployments'),
  statefulSet: resource('apps', 'v1', 'StatefulSet', 'statefulsets'),
  cronJob: resource('batch', 'v1', 'CronJob', 'cronjobs'),
  job: resource('batch', 'v1', 'Job', 'jobs'),
  horizontalPodAutoscaler: resource(
    'autoscaling',
    'v2',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
  ),
  podDisruptionBudget: resource('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  networkPolicy: resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  ingress: resource('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
  httpRoute: resource('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
  storageClass: resource('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  lease: resource('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  event: resource('events.k8s.io', 'v1', 'Event', 'events'),
  customResourceDefinition: resource(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    false,
  ),
} as const satisfies Record<string, Resource>;
