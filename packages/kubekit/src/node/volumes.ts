import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiClient,
  Informer,
  isAlreadyExists,
  isNotFound,
  type KubeObject,
  resources,
} from '@telestack/controller';
import type { Log } from '@telestack/launch';
import { NODE_NAME } from './settings.ts';

/** The default storage class of the node. */
const CLASS = 'folders';
const PROVISIONER = 'telestack.dev/folders';

interface Claim extends KubeObject {
  spec: {
    storageClassName?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
    volumeName?: string;
  };
}
interface Volume extends KubeObject {
  spec: { storageClassName?: string; local?: { path: string } };
  status?: { phase?: string };
}

/** Gives each claim a folder of this machine, and removes the folder when the claim is gone. */
export function startVolumeProvisioner(
  client: ApiClient,
  folder: string,
  log: Log,
): { stop(): Promise<void> } {
  const attempt = (what: string, work: Promise<void>) =>
    work.catch((error: unknown) => log(`${what}: ${String(error)}`));
  const claims = new Informer<Claim>({ client, resource: resources.persistentVolumeClaim });
  claims.addHandler(({ type, object }) => {
    if (type !== 'delete') attempt(`Volume of ${object.metadata.name}`, provide(client, folder, object));
  });
  const volumes = new Informer<Volume>({ client, resource: resources.persistentVolume });
  volumes.addHandler(({ type, object }) => {
    if (type !== 'delete') attempt(`Volume ${object.metadata.name}`, reclaim(client, object));
  });
  attempt('Storage class', addStorageClass(client));
  claims.start();
  volumes.start();
  return {
    async stop() {
      await Promise.all([claims.stop(), volumes.stop()]);
    },
  };
}

async function addStorageClass(client: ApiClient): Promise<void> {
  await client.create(resources.storageClass, {
    metadata: { name: CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  });
}

async function provide(client: ApiClient, folder: string, { metadata, spec }: Claim): Promise<void> {
  if (spec.storageClassName !== CLASS || spec.volumeName !== undefined) return;
  const { namespace, name, uid } = metadata;
  const path = join(folder, uid!);
  mkdirSync(path, { recursive: true });
  try {
    await client.create(resources.persistentVolume, {
      metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
      spec: {
        capacity: { storage: spec.resources.requests.storage },
        accessModes: spec.accessModes,
        storageClassName: CLASS,
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        // Not hostPath, which the kubelet does not give to the pod's group.
        local: { path },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] }],
              },
            ],
          },
        },
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function reclaim(client: ApiClient, { metadata, spec, status }: Volume): Promise<void> {
  if (spec.storageClassName !== CLASS || spec.local === undefined || status?.phase !== 'Released') return;
  rmSync(spec.local.path, { recursive: true, force: true });
  await client.delete(resources.persistentVolume, undefined, metadata.name).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
