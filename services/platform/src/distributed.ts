import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, freePort, type Log, Supervisor } from '@telestack/launch';
import type { Part } from './ready-file.ts';
import { type Environment, environmentOf, SERVICE_OPTIONS, type ServiceName } from './settings.ts';

export interface DistributedServices {
  readonly endpoints: Readonly<Record<string, string>>;
  /** The processes that run now. */
  processes(): Part[];
  close(): Promise<void>;
}

interface Options {
  /** Settings of the services, and where PostgreSQL, NATS and the object store are. */
  readonly environment: Environment;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** For the processes' logs. */
  readonly folder: string;
  readonly log: Log;
}

/** Ten times what it takes: on a machine that is busy, a start that is broken off only makes it busier. */
const START_TIMEOUT_MS = 60_000;
const STOP = [
  { signal: 'SIGTERM', waitMs: 8_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

/** A small young generation is collected early: measured with 20 uploads of unknown length at once, 147 MiB instead of 201. */
const NODE_FLAGS: Readonly<Record<string, readonly string[]>> = { storage: ['--max-semi-space-size=1'] };
/** One malloc arena keeps fragments together (10 MiB less), and a compiled program needs no compiler in memory (20 MiB less). */
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled') };

/** Each service in a process of its own, as in a cluster; one that dies is started again. */
export async function startDistributed(options: Options): Promise<DistributedServices> {
  const { host } = options;
  mkdirSync(options.folder, { recursive: true });
  const ports = {
    docstore: await freePort(),
    'realtime-bridge': await freePort(),
    identity: await freePort(),
    storage: await freePort(),
    gateway: options.port === 0 ? await freePort() : options.port,
  };
  const addresses = {
    DOCSTORE_ADDRESS: `127.0.0.1:${ports.docstore}`,
    REALTIME_ADDRESS: `127.0.0.1:${ports['realtime-bridge']}`,
    STORAGE_ADDRESS: `127.0.0.1:${ports.storage}`,
    IDENTITY_ADDRESS: `127.0.0.1:${ports.identity}`,
  };
  // Only the gateway is for others than the services.
  const hosts: Partial<Record<ServiceName, string>> = { gateway: host };
  const hasFiles = Boolean(options.environment.S3_ENDPOINT);
  const names = (Object.keys(SERVICE_OPTIONS) as ServiceName[]).filter((it) => it !== 'storage' || hasFiles);
  const services = names.map((name) => {
    const own = { HOST: hosts[name] ?? '127.0.0.1', PORT: String(ports[name]) };
    const env = environmentOf(name, { ...options.environment, ...addresses, ...own });
    return supervise(name, ports[name], env, options);
  });
  const close = async (): Promise<void> => {
    // What takes requests first, what they need last.
    for (const { supervisor } of services.toReversed()) await supervisor.stop();
  };
  try {
    for (const { supervisor } of services) await supervisor.start();
  } catch (error) {
    await close();
    throw error;
  }
  const firestore = `${host}:${ports.gateway}`;
  return {
    endpoints: {
      firestore,
      auth: firestore,
      ...(hasFiles ? { storage: firestore } : {}),
      http: `http://${firestore}`,
    },
    processes: () => services.map(({ name, supervisor }) => ({ name, pid: supervisor.pid ?? 0 })),
    close,
  };
}

function supervise(name: string, port: number, env: Record<string, string>, { folder, log }: Options) {
  const main = fileURLToPath(import.meta.resolve(`@telestack/${name}/main`));
  const supervisor = new Supervisor(
    {
      name,
      spawn: async () => {
        const output = openSync(join(folder, `${name}.log`), 'a');
        const flags = ['--disable-warning=ExperimentalWarning', ...(NODE_FLAGS[name] ?? [])];
        return spawn(process.execPath, [...flags, main], {
          env: { PATH: process.env.PATH, ...NODE_ENVIRONMENT, ...env },
          stdio: ['ignore', output, output],
        });
      },
      isReady: () => accepts(port),
      explain: () => `See ${join(folder, `${name}.log`)}.`,
      startTimeoutMs: START_TIMEOUT_MS,
      stop: STOP,
    },
    log,
  );
  return { name, supervisor };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 1_000 });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
