import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Log, Supervisor } from '@telestack/launch';
import type { Part } from './ready-file.ts';
import type { ServicesOptions } from './services.ts';

export interface DistributedServices {
  readonly endpoints: Readonly<Record<string, string>>;
  /** The processes that run now. */
  processes(): Part[];
  close(): Promise<void>;
}

type Options = Pick<
  ServicesOptions,
  'databaseUrl' | 'natsUrl' | 'natsCredentials' | 'host' | 'port' | 'profile'
> & {
  /** Settings of single services, as environment variables. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** For the processes' logs. */
  readonly folder: string;
  readonly log: Log;
};

const START_TIMEOUT_MS = 20_000;
const STOP = [
  { signal: 'SIGTERM', waitMs: 8_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

/** Each service in a process of its own, as in a cluster; one that dies is started again. */
export async function startDistributed(options: Options): Promise<DistributedServices> {
  const { host, databaseUrl, natsUrl } = options;
  mkdirSync(options.folder, { recursive: true });
  const [docstorePort, realtimePort, identityPort] = [await freePort(), await freePort(), await freePort()];
  const port = options.port === 0 ? await freePort() : options.port;
  const docstoreAddress = `127.0.0.1:${docstorePort}`;
  const common = {
    TELESTACK_PROFILE: options.profile,
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    NATS_CREDENTIALS: options.natsCredentials ?? '',
    DOCSTORE_ADDRESS: docstoreAddress,
  };
  const services = [
    supervise('docstore', docstorePort, { ...common, PORT: String(docstorePort) }, options),
    supervise('realtime-bridge', realtimePort, { ...common, PORT: String(realtimePort) }, options),
    supervise(
      'identity',
      identityPort,
      {
        DATABASE_URL: databaseUrl,
        PORT: String(identityPort),
        TELESTACK_PROFILE: options.profile,
        ...settingsOf(options),
      },
      options,
    ),
    supervise(
      'gateway',
      port,
      {
        HOST: host,
        PORT: String(port),
        TELESTACK_PROFILE: options.profile,
        DOCSTORE_ADDRESS: docstoreAddress,
        REALTIME_ADDRESS: `127.0.0.1:${realtimePort}`,
        IDENTITY_ADDRESS: `127.0.0.1:${identityPort}`,
        ...settingsOf(options),
      },
      options,
    ),
  ];
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
  const firestore = `${host}:${port}`;
  return {
    endpoints: { firestore, auth: firestore, http: `http://${firestore}` },
    processes: () => services.map(({ name, supervisor }) => ({ name, pid: supervisor.pid ?? 0 })),
    close,
  };
}

function settingsOf({ settings }: Options): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function supervise(name: string, port: number, env: Record<string, string>, { folder, log }: Options) {
  const main = fileURLToPath(import.meta.resolve(`@telestack/${name}/main`));
  const supervisor = new Supervisor(
    {
      name,
      spawn: async () => {
        const output = openSync(join(folder, `${name}.log`), 'a');
        return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
          env: { PATH: process.env.PATH, ...env },
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
