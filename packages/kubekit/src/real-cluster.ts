import { join } from 'node:path';
import { KUBERNETES_FOLDER, type Log } from '@telestack/launch';
import type { Binaries, NodeBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { startNode } from './node/node.ts';
import { NODE_ADDRESS } from './node/settings.ts';
import { connect } from './test-cluster.ts';

export interface RealCluster {
  /** Path of an administrator's kubeconfig; good inside of the namespaces. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** A control plane and a real node with these images; only inside of the namespaces of runInNamespaces(). */
export async function startRealCluster(options: {
  readonly folder: string;
  readonly binaries: Binaries & NodeBinaries;
  /** OCI archives, those of nodeImages() among them. */
  readonly images: readonly string[];
  readonly log: Log;
}): Promise<RealCluster> {
  const { folder, binaries, images, log } = options;
  const controlPlane = await startControlPlane({
    folder: join(folder, KUBERNETES_FOLDER),
    binaries,
    log,
    address: NODE_ADDRESS,
  });
  log('The control plane serves');
  const client = connect(controlPlane.kubeconfig);
  const end = async () => {
    client.close();
    await controlPlane.stop();
  };
  try {
    const node = await startNode({ controlPlane, client, binaries, images, log });
    return {
      kubeconfig: controlPlane.kubeconfig,
      async stop() {
        await node.stop();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
