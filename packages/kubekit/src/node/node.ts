import { execFile } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ApiClient, type KubeObject, resources } from '@telestack/controller';
import { deadlineExceeded } from '@telestack/errors';
import type { Log } from '@telestack/launch';
import type { NodeBinaries } from '../binaries.ts';
import type { ControlPlane } from '../control-plane.ts';
import { Part } from '../part.ts';
import { waitFor } from '../wait.ts';
import { makeCgroup } from './cgroups.ts';
import { addNameServer } from './name-server.ts';
import {
  CNI_CONFIG,
  CONTAINERD_SOCKET,
  containerdConfig,
  kubeletConfig,
  NODE_ADDRESS,
  NODE_NAME,
  NODE_USER,
  type NodePaths,
  nodePaths,
  proxyConfig,
} from './settings.ts';
import { startVolumeProvisioner } from './volumes.ts';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 120_000;
const IMPORT_TIMEOUT_MS = 300_000;

export interface NodeOptions {
  readonly controlPlane: ControlPlane;
  readonly client: ApiClient;
  readonly binaries: NodeBinaries;
  /** OCI archives with the images that pods run; the names in them are those that pods ask for. */
  readonly images: readonly string[];
  readonly log: Log;
}

export interface RunningNode {
  stop(): Promise<void>;
}

/**
 * A real node: containerd with runc, kubelet, kube-proxy, a name server and a storage class for folders of this machine. Only inside of the namespaces of
 * runInNamespaces(). Resolves when the node is ready and names are resolved.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { controlPlane, client, binaries, images, log } = options;
  const folder = join(controlPlane.folder, 'node');
  const paths = nodePaths(folder);
  prepareFolders(paths, controlPlane);
  makeCgroup();
  const part = (name: string, file: string, args: string[], isReady: () => Promise<boolean>) =>
    new Part({ name, file, args, folder, isReady }, log);
  const containerd = part('containerd', 'containerd', ['--config', paths.containerdConfig], () =>
    succeeds(ctr('version')),
  );
  const kubelet = part(
    'kubelet',
    binaries.node,
    [
      'kubelet',
      `--config=${paths.kubeletConfig}`,
      `--kubeconfig=${controlPlane.kubeconfigOf(NODE_USER)}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
      `--root-dir=${paths.kubeletData}`,
    ],
    () => isNodeReady(client),
  );
  const proxy = part(
    'kube-proxy',
    binaries.node,
    ['kube-proxy', `--config=${paths.proxyConfig}`],
    async () => true,
  );
  const volumes = startVolumeProvisioner(client, paths.volumes, log);
  const stop = async () => {
    await volumes.stop();
    // Pods stay as they are: they end with the namespaces.
    for (const it of [proxy, kubelet, containerd]) await it.stop();
  };
  try {
    await containerd.start('brutal');
    for (const image of images)
      await run('ctr', ctr('images', 'import', image), { timeout: IMPORT_TIMEOUT_MS, maxBuffer: 16e6 });
    log(`${images.length} images imported`);
    await Promise.all([kubelet.start('brutal'), proxy.start('brutal')]);
    log('The node is ready');
    await addNameServer(client);
    if (!(await waitFor(() => hasReadyPod(client, 'kube-system'), READY_TIMEOUT_MS)))
      throw deadlineExceeded('The name server does not get ready.');
    log('Names are resolved');
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function prepareFolders(paths: NodePaths, controlPlane: ControlPlane): void {
  for (const it of [paths.containerdData, paths.cniConfig, paths.kubeletData, paths.podLogs, paths.volumes])
    mkdirSync(it, { recursive: true });
  const [runc] = globSync('/usr/{s,}bin/runc');
  writeFileSync(paths.containerdConfig, containerdConfig(paths, runc ?? 'runc'));
  writeFileSync(join(paths.cniConfig, '10-pods.conflist'), JSON.stringify(CNI_CONFIG));
  writeFileSync(paths.kubeletConfig, JSON.stringify(kubeletConfig(paths)));
  writeFileSync(
    paths.proxyConfig,
    JSON.stringify(proxyConfig(controlPlane.kubeconfigOf('system:kube-proxy'))),
  );
  writeFileSync(paths.resolvConf, '');
}

function ctr(...args: string[]): string[] {
  return ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', ...args];
}

function succeeds(args: string[]): Promise<boolean> {
  return run('ctr', args, { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

interface WithConditions extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

const isReady = ({ status }: WithConditions) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

async function isNodeReady(client: ApiClient): Promise<boolean> {
  return client.get<WithConditions>(resources.node, undefined, NODE_NAME).then(isReady, () => false);
}

async function hasReadyPod(client: ApiClient, namespace: string): Promise<boolean> {
  const { items } = await client.list<WithConditions>(resources.pod, { namespace });
  return items.some(isReady);
}
