import { join, resolve } from 'node:path';
import { notificationSubject } from '@telestack/bus';
import {
  type Log,
  lockFolder,
  MINIO_FOLDER,
  makeTempFolder,
  NATS_FOLDER,
  POSTGRES_FOLDER,
} from '@telestack/launch';
import { type S3Settings, s3Settings } from '@telestack/storage';
import { describeError } from './describe-error.ts';
import { startDistributed } from './distributed.ts';
import { type BusServer, openNats } from './nats.ts';
import type { PlatformOptions } from './options.ts';
import { Phases } from './phases.ts';
import { openPostgres } from './postgres.ts';
import { type Part, ReadyFile } from './ready-file.ts';
import { openS3, s3Environment } from './s3.ts';
import { startServices } from './services.ts';
import { type Environment, serviceOptions } from './settings.ts';

export interface Platform {
  endpoints: Readonly<Record<string, string>>;
  databaseUrl: string;
  natsUrl: string;
  /** Stops all in order; true when every part stopped well and in time. */
  stop(): Promise<boolean>;
}

/** Longest times to stop, in ms. The servers' own steps (see POSTGRES_STOP) add up to a little less. */
const SERVICES_LIMIT_MS = 15_000;
const POSTGRES_LIMIT_MS = 21_000;
const NATS_LIMIT_MS = 14_000;
const MINIO_LIMIT_MS = 14_000;

/**
 * Starts PostgreSQL, NATS and MinIO (unless others are configured), then the services, which take their settings from the environment;
 * resolves when requests succeed.
 */
export async function startPlatform(
  options: PlatformOptions,
  environment: Environment,
  log: Log,
): Promise<Platform> {
  const readyFile = options.readyFile === undefined ? undefined : new ReadyFile(options.readyFile);
  const data = await openDataFolder(options, log);
  const phases = new Phases(log);
  const { streamName } = serviceOptions('storage', environment);
  const stopped = new AbortController();
  const stop = async () => {
    stopped.abort();
    readyFile?.remove();
    const isClean = await phases.stop();
    data.release();
    return isClean;
  };
  try {
    // MinIO tells NATS of changes, so it must know where that is.
    const bus = Promise.withResolvers<BusServer>();
    bus.promise.catch(() => {});
    const [postgres, nats, objects] = await phases.start(
      {
        name: 'PostgreSQL',
        limitMs: POSTGRES_LIMIT_MS,
        start: () =>
          openPostgres({
            url: options.databaseUrl,
            folder: join(data.path, POSTGRES_FOLDER),
            port: options.postgresPort,
            log,
          }),
      },
      {
        name: 'NATS',
        limitMs: NATS_LIMIT_MS,
        start: () => {
          const { natsUrl: url, natsCredentials: credentials, natsPort: port } = options;
          const opened = openNats({ url, credentials, folder: join(data.path, NATS_FOLDER), port, log });
          opened.then(bus.resolve, bus.reject);
          return opened;
        },
      },
      {
        name: 'MinIO',
        limitMs: MINIO_LIMIT_MS,
        start: async () =>
          openS3({
            isWanted: options.storage,
            external: s3Settings(options),
            folder: join(data.path, MINIO_FOLDER),
            port: options.minioPort,
            host: options.host,
            notifications: { natsUrl: (await bus.promise).url, subject: notificationSubject(streamName) },
            log,
          }),
      },
    );
    const servers = { databaseUrl: postgres.url, natsUrl: nats.url, s3: objects.settings };
    const [services] = await phases.start({
      name: 'Services',
      limitMs: SERVICES_LIMIT_MS,
      start: () => startTopology(options, servicesEnvironment(options, environment, servers), data.path, log),
    });
    const { settings } = objects;
    const endpoints = { ...services.endpoints, ...(settings === undefined ? {} : { s3: settings.endpoint }) };
    const databaseUrl = postgres.tcpUrl;
    const serverParts = () => [
      { name: 'postgres', pid: postgres.pid() ?? 0 },
      { name: 'nats', pid: nats.pid() ?? 0 },
      { name: 'minio', pid: objects.pid() ?? 0 },
    ];
    const write = (processes: readonly Part[]) =>
      readyFile?.write({
        pid: process.pid,
        processes,
        profile: options.profile,
        endpoints,
        databaseUrl,
        natsUrl: nats.url,
        s3: settings,
      });
    watchParts(
      () => [...serverParts(), ...services.processes()].filter(({ pid }) => pid > 0),
      write,
      stopped.signal,
    );
    return { endpoints, databaseUrl, natsUrl: nats.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface RunningTopology {
  readonly endpoints: Readonly<Record<string, string>>;
  processes(): Part[];
  close(): Promise<void>;
}

async function startTopology(
  { topology, host, port }: PlatformOptions,
  environment: Environment,
  folder: string,
  log: Log,
): Promise<RunningTopology> {
  if (topology === 'distributed')
    return startDistributed({ environment, host, port, folder: join(folder, 'services'), log });
  const services = await startServices(environment, (message, error) =>
    log(error === undefined ? message : `${message} ${describeError(error)}`),
  );
  return { endpoints: services.endpoints, close: () => services.close(), processes: () => [] };
}

/** The environment with what the platform has decided and started. */
function servicesEnvironment(
  { host, port, profile, databaseUrl }: PlatformOptions,
  environment: Environment,
  servers: { databaseUrl: string; natsUrl: string; s3: S3Settings | undefined },
): Environment {
  return {
    ...environment,
    HOST: host,
    PORT: String(port),
    TELESTACK_PROFILE: profile,
    DATABASE_URL: servers.databaseUrl,
    // Roles of another server are of no use in one that was started here.
    ...(databaseUrl === undefined
      ? { IDENTITY_DATABASE_URL: undefined, STORAGE_DATABASE_URL: undefined }
      : {}),
    NATS_URL: servers.natsUrl,
    ...s3Environment(servers.s3),
  };
}

const PARTS_INTERVAL_MS = 200;

/** Calls `write` now and whenever a part has another process. */
function watchParts(parts: () => Part[], write: (parts: Part[]) => void, signal: AbortSignal): void {
  let last = '';
  const check = () => {
    const now = parts();
    if (JSON.stringify(now) === last) return;
    last = JSON.stringify(now);
    write(now);
  };
  check();
  const timer = setInterval(check, PARTS_INTERVAL_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** The folder that this process owns while it runs. */
async function openDataFolder(
  options: PlatformOptions,
  log: Log,
): Promise<{ path: string; release: () => void }> {
  if (options.ephemeral) {
    const folder = await makeTempFolder('telestack-ephemeral-', log);
    return { path: folder.path, release: folder.remove };
  }
  const path = resolve(options.dataDir);
  const lock = lockFolder(path);
  return { path, release: lock.release };
}
