import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiClient } from '@telestack/controller';
import { KUBERNETES_FOLDER, type Log } from '@telestack/launch';
import { type Binaries, buildBinaries, cachedBinaries, canBuild } from './binaries.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { startNodeSimulator } from './node-simulator.ts';
import { addSimulatedNodes, addStorageClasses } from './nodes.ts';
import { startVolumeSimulator } from './volumes.ts';

export interface TestCluster {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Undefined for a cluster that was there before. */
  readonly controlPlane: ControlPlane | undefined;
  stop(): Promise<void>;
}

export interface TestClusterOptions {
  readonly folder: string;
  readonly log: Log;
  readonly nodes?: number;
}

/**
 * The cluster of $KUBECONFIG where that is set, else a control plane of our own with simulated nodes and volumes. `reason` says why there is
 * none, where programs are missing and cannot be built here.
 */
export async function startTestCluster(
  options: TestClusterOptions,
): Promise<TestCluster | { readonly reason: string }> {
  if (process.env.KUBECONFIG)
    return { kubeconfig: process.env.KUBECONFIG, controlPlane: undefined, stop: async () => {} };
  if (cachedBinaries() === undefined && !(await canBuild()))
    return {
      reason: 'there is neither a cluster in $KUBECONFIG nor a Go toolchain to build a control plane with',
    };
  return startSimulatedCluster({ ...options, binaries: await buildBinaries(options.log) });
}

/** A control plane with simulated nodes and volumes. */
export async function startSimulatedCluster(
  options: TestClusterOptions & { readonly binaries: Binaries },
): Promise<TestCluster & { readonly controlPlane: ControlPlane }> {
  const { folder, log, binaries, nodes = 2 } = options;
  const controlPlane = await startControlPlane({ folder: join(folder, KUBERNETES_FOLDER), binaries, log });
  const client = connect(controlPlane.kubeconfig);
  await addStorageClasses(client);
  await addSimulatedNodes(client, nodes);
  const simulators = [startNodeSimulator(client, log), startVolumeSimulator(client, log)];
  return {
    kubeconfig: controlPlane.kubeconfig,
    controlPlane,
    async stop() {
      await Promise.all(simulators.map((it) => it.stop()));
      client.close();
      await controlPlane.stop();
    },
  };
}

/** A client with the credentials of a kubeconfig file. */
export function connect(kubeconfig: string): ApiClient {
  return new ApiClient(loadConfig(kubeconfig));
}

export function loadConfig(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}
