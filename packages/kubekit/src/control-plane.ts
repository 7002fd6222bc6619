import { mkdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { unavailable } from '@telestack/errors';
import { freePort, type Log } from '@telestack/launch';
import type { Binaries } from './binaries.ts';
import { makeCredentials, type User } from './credentials.ts';
import { Part } from './part.ts';

export interface ControlPlane {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
  readonly folder: string;
  /** Writes a kubeconfig of somebody else. */
  kubeconfigOf(user: User): string;
  /** To take down and bring back. */
  readonly apiServer: Part;
  readonly etcd: Part;
  /** Forgets all versions but the newest, as etcd does every few minutes: watches from older ones have expired. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly log: Log;
  /** Address that pods on real nodes reach the API server at; without one it serves this machine only. */
  readonly address?: string;
}

const HOST = '127.0.0.1';

/** Starts etcd, API server, controller manager and scheduler on free ports; resolves when the API serves. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, binaries, log, address } = options;
  mkdirSync(folder, { recursive: true });
  const ports = { etcd: await freePort(), peer: await freePort(), api: await freePort() };
  const server = `https://${address ?? HOST}:${ports.api}`;
  const certificate = join(folder, 'certificates/apiserver.crt');
  const credentials = makeCredentials(folder, server, certificate);
  const etcdUrl = `http://${HOST}:${ports.etcd}`;
  const part = (name: string, args: readonly string[], isReady: () => Promise<boolean>) =>
    new Part({ name, file: binaries.cluster, args: [name, ...args], folder, isReady }, log);

  const etcd = part(
    'etcd',
    [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://${HOST}:${ports.peer}`,
      `--initial-advertise-peer-urls=http://${HOST}:${ports.peer}`,
      `--initial-cluster=default=http://${HOST}:${ports.peer}`,
      // The data is thrown away at the end.
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    () => accepts(ports.etcd),
  );
  const apiServer = part(
    'kube-apiserver',
    [
      `--etcd-servers=${etcdUrl}`,
      ...(address === undefined
        ? [`--bind-address=${HOST}`]
        : [`--advertise-address=${address}`, '--kubelet-preferred-address-types=InternalIP']),
      `--secure-port=${ports.api}`,
      `--cert-dir=${join(folder, 'certificates')}`,
      `--token-auth-file=${credentials.tokensFile}`,
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${credentials.serviceAccountKey}`,
      `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
      // Nothing here is reached through it.
      '--enable-aggregator-routing=false',
      '--allow-privileged=true',
      '--v=0',
    ],
    () => isHealthy(server, certificate),
  );
  const client = (kubeconfig: string) => [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--bind-address=${HOST}`,
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
  const immediately = async () => true;
  const others = [
    part(
      'kube-controller-manager',
      [
        ...client(credentials.kubeconfig('system:kube-controller-manager')),
        `--service-account-private-key-file=${credentials.serviceAccountKey}`,
        `--root-ca-file=${certificate}`,
        '--use-service-account-credentials=true',
        // Simulated nodes do not die; a machine that is busy must not make it look so.
        '--node-monitor-grace-period=15m',
      ],
      immediately,
    ),
    part('kube-scheduler', client(credentials.kubeconfig('system:kube-scheduler')), immediately),
  ];
  const admin = credentials.kubeconfig('admin');
  const all = [etcd, apiServer, ...others];
  const stop = async () => {
    // Clients first, or they fill their logs with complaints.
    for (const it of all.toReversed()) await it.stop();
  };
  try {
    await etcd.start('brutal');
    await apiServer.start('brutal');
    await Promise.all(others.map((it) => it.start('brutal')));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig: admin,
    server,
    folder,
    kubeconfigOf: credentials.kubeconfig,
    apiServer,
    etcd,
    compact: () => compact(etcdUrl),
    stop,
  };
}

/** etcd's own API, as JSON. */
async function compact(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: object) => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw unavailable(`etcd refused ${path}: ${await response.text()}`);
    return (await response.json()) as { header: { revision: string } };
  };
  const { header } = await call('range', { key: Buffer.from('compact_rev_key').toString('base64') });
  await call('compaction', { revision: header.revision, physical: true });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port, timeout: 1_000 });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

/** /readyz without credentials, which the API server grants. */
function isHealthy(server: string, certificate: string): Promise<boolean> {
  return new Promise((resolve) => {
    let ca: Buffer;
    try {
      ca = readFileSync(certificate);
    } catch {
      return resolve(false);
    }
    const agent = new Agent({ ca });
    const call = request(`${server}/readyz`, { agent, timeout: 2_000 }, (response) => {
      response.resume();
      response.once('end', () => agent.destroy());
      resolve(response.statusCode === 200);
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => {
      agent.destroy();
      resolve(false);
    });
    call.end();
  });
}
