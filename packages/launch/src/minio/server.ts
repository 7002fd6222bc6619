import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import { logEnd, logTail, openLog } from '../log-file.ts';
import { choosePort } from '../ports.ts';
import { commandOf, endProcesses, isAlive } from '../processes.ts';
import { readState, writeState } from '../state-file.ts';
import { Supervisor } from '../supervisor.ts';
import { findMinio, installedMinio } from './program.ts';
import { MINIO_REGION, type MinioNotifications, minioEnvironment } from './settings.ts';

export interface MinioOptions {
  /** Folder for objects, log and state; made if missing. */
  folder: string;
  /** Default: the last run's, else a free one. */
  port?: number;
  host?: string;
  /** Where bucket notifications go; default: nowhere. */
  notifications?: MinioNotifications;
  log: Log;
}

export interface MinioServer {
  /** http://host:port */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Resolves when it serves. Pending for minutes where the program has to be fetched or built first. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

interface State {
  port: number;
  password: string;
}

const USER = 'telestack';
const MINIO_STOP = [
  { signal: 'SIGTERM', waitMs: 8_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/**
 * Starts MinIO, one node with one drive, on the folder and keeps it running until stop(). Resolves when it serves; where its program is
 * not at hand yet it resolves at once and `ready` follows, so that what does not need files need not wait for a build.
 */
export async function startMinio(options: MinioOptions): Promise<MinioServer> {
  const { log, host = '127.0.0.1' } = options;
  const folder = resolve(options.folder);
  const stateFile = join(folder, 'state.json');
  mkdirSync(folder, { recursive: true });
  await clearMinioLeftovers(folder, log);
  const remembered = readState<State>(stateFile);
  const password = remembered.password ?? randomBytes(24).toString('base64url');
  const port = await choosePort('MinIO', host, options.port, remembered.port);
  writeState(stateFile, { port, password } satisfies State);

  let program = await installedMinio();
  const isAtHand = program !== undefined;
  const environment = minioEnvironment({
    user: USER,
    password,
    notifications: options.notifications,
    queueFolder: join(folder, 'events'),
  });
  const supervisor = new Supervisor(
    supervised(folder, `${host}:${port}`, environment, () => program!, log),
    log,
  );
  const stopping = new AbortController();
  const start = async () => {
    program ??= await findMinio(log, stopping.signal);
    if (!stopping.signal.aborted) await supervisor.start();
  };
  const ready = start();
  if (isAtHand) await ready;
  else {
    ready.catch((error: unknown) => {
      if (!stopping.signal.aborted) log(`No MinIO: ${error instanceof Error ? error.message : error}`);
    });
  }
  return {
    // Our own services are beside it.
    endpoint: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
    region: MINIO_REGION,
    accessKey: USER,
    secretKey: password,
    ready,
    get pid() {
      return supervisor.pid;
    },
    get restarts() {
      return supervisor.restarts;
    },
    stop: async () => {
      stopping.abort();
      await supervisor.stop();
    },
  };
}

function supervised(
  folder: string,
  address: string,
  environment: Record<string, string>,
  program: () => string,
  log: Log,
) {
  const logFile = join(folder, 'minio.log');
  let logStart = 0;
  return {
    name: 'MinIO',
    startTimeoutMs: 60_000,
    stop: MINIO_STOP,
    explain: () => logTail(logFile, logStart),
    spawn: async () => {
      await clearMinioLeftovers(folder, log);
      logStart = logEnd(logFile);
      const output = openLog(logFile);
      try {
        const child = spawn(program(), ['server', '--quiet', '--address', address, join(folder, 'data')], {
          env: { PATH: process.env.PATH, HOME: folder, ...environment },
          stdio: ['ignore', output, output],
          detached: true,
        });
        if (child.pid !== undefined) writeFileSync(pidFile(folder), String(child.pid));
        return child;
      } finally {
        closeSync(output);
      }
    },
    isReady: () => answers(`http://${address}/minio/health/cluster`),
  };
}

/** Ends a server of an earlier run that still works on the folder. */
export async function clearMinioLeftovers(folder: string, log: Log): Promise<void> {
  const pid = readPid(pidFile(folder));
  if (pid === undefined || !isAlive(pid) || !commandOf(pid).includes(join(folder, 'data'))) return;
  log(`Stopping MinIO of an earlier run (process ${pid})`);
  await endProcesses([pid], MINIO_STOP);
}

const pidFile = (folder: string): string => join(folder, 'minio.pid');

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((done) => {
    const sent = request(url, { timeout: 1_000 }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => done(false));
    sent.end();
  });
}
