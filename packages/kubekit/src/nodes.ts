import { type ApiClient, isAlreadyExists, resources } from '@telestack/controller';

/** The storage class of volumes that exist only as objects. */
export const SIMULATED_STORAGE_CLASS = 'simulated';

/** Makes nodes for startNodeSimulator() to run. */
export async function addSimulatedNodes(client: ApiClient, count: number): Promise<void> {
  const capacity = { cpu: '256', memory: '1Ti', pods: '2000' };
  for (let i = 1; i <= count; i++) {
    const name = `simulated-${i}`;
    await unlessThere(
      client.create(resources.node, {
        metadata: {
          name,
          labels: {
            'kubernetes.io/hostname': name,
            'kubernetes.io/os': 'linux',
            'kubernetes.io/arch': 'amd64',
          },
        },
        status: { allocatable: capacity, capacity },
      }),
    );
  }
}

/** A storage class whose volumes grow, and one whose volumes do not. */
export async function addStorageClasses(client: ApiClient): Promise<void> {
  for (const [name, grows] of [
    [SIMULATED_STORAGE_CLASS, true],
    [`${SIMULATED_STORAGE_CLASS}-fixed`, false],
  ] as const) {
    await unlessThere(
      client.create(resources.storageClass, {
        metadata: {
          name,
          annotations: grows ? { 'storageclass.kubernetes.io/is-default-class': 'true' } : {},
        },
        provisioner: 'telestack.dev/simulated',
        reclaimPolicy: 'Delete',
        volumeBindingMode: 'Immediate',
        allowVolumeExpansion: grows,
      }),
    );
  }
}

async function unlessThere(made: Promise<unknown>): Promise<void> {
  await made.catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}
