import { type ApiClient, Informer, isAlreadyExists, type KubeObject, resources } from '@telestack/controller';
import { SIMULATED_STORAGE_CLASS } from './nodes.ts';

interface Claim extends KubeObject {
  spec: {
    storageClassName?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
    volumeName?: string;
  };
  status?: { phase?: string; capacity?: { storage?: string } };
}

/** Does what a storage driver does, for volumes that are only objects: makes one for each claim of its class, and lets it grow. */
export function startVolumeSimulator(
  client: ApiClient,
  log: (line: string) => void,
): { stop(): Promise<void> } {
  const claims = new Informer<Claim>({ client, resource: resources.persistentVolumeClaim });
  claims.addHandler(({ type, object }) => {
    if (type === 'delete') return;
    serve(client, object).catch((error: unknown) =>
      log(`Volume of ${object.metadata.name}: ${String(error)}`),
    );
  });
  claims.start();
  return { stop: () => claims.stop() };
}

async function serve(client: ApiClient, claim: Claim): Promise<void> {
  const { metadata, spec, status } = claim;
  const wanted = spec.resources.requests.storage;
  if (!spec.storageClassName?.startsWith(SIMULATED_STORAGE_CLASS)) return;
  if (spec.volumeName === undefined) await provide(client, claim, wanted);
  else if (status?.phase === 'Bound' && status.capacity?.storage !== wanted) {
    await client.merge(resources.persistentVolume, undefined, spec.volumeName, {
      spec: { capacity: { storage: wanted } },
    });
    await client.merge(
      resources.persistentVolumeClaim,
      metadata.namespace,
      metadata.name,
      { status: { capacity: { storage: wanted } } },
      { subresource: 'status' },
    );
  }
}

async function provide(client: ApiClient, { metadata, spec }: Claim, storage: string): Promise<void> {
  const { namespace, name, uid } = metadata;
  try {
    await client.create(resources.persistentVolume, {
      metadata: {
        name: `pvc-${uid}`,
        annotations: { 'pv.kubernetes.io/provisioned-by': 'telestack.dev/simulated' },
      },
      spec: {
        capacity: { storage },
        accessModes: spec.accessModes,
        storageClassName: spec.storageClassName,
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        hostPath: { path: `/simulated/${uid}` },
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
