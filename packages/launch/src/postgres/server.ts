import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import { logEnd, logTail, openLog } from '../log-file.ts';
import { choosePort } from '../ports.ts';
import { giveFolder, openPassage, serverUser } from '../server-user.ts';
import { readState, writeState } from '../state-file.ts';
import { Supervisor } from '../supervisor.ts';
import { findPostgres } from './binaries.ts';
import { ensureCluster, serverEnv, writeConfig } from './cluster.ts';
import { clearLeftovers, isPostmasterReady, POSTGRES_STOP } from './leftovers.ts';
import { postgresConfig } from './settings.ts';

export interface PostgresOptions {
  /** Folder for the cluster, its socket, log and state; made if missing. */
  folder: string;
  /** Default: the last run's, else a free one. */
  port?: number;
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  maxConnections?: number;
  maxSlotWalMb?: number;
  log: Log;
}

export interface PostgresServer {
  readonly port: number;
  /** URL over TCP, with the password. */
  url(database?: string): string;
  /** URL over the unix socket: about a fifth faster than TCP. The TCP one where the socket's path would be too long. */
  socketUrl(database?: string): string;
  /** The postmaster's process id; changes when it is started again. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Fast shutdown, with time limits. */
  stop(): Promise<void>;
}

interface State {
  port: number;
  password: string;
}

/** The longest path that a unix socket's address holds on all platforms, less its file name. */
const MAX_SOCKET_DIR = 80;

/** Starts PostgreSQL on the folder and keeps it running until stop(). */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { log, host = '127.0.0.1' } = options;
  const folder = resolve(options.folder);
  const cluster = join(folder, 'data');
  const logFile = join(folder, 'postgres.log');
  const stateFile = join(folder, 'state.json');
  const user = serverUser();
  const binaries = findPostgres();

  mkdirSync(folder, { recursive: true });
  if (user !== undefined) {
    openPassage(cluster, user, log);
    openPassage(binaries.postgres, user, log);
  }
  const socketDir = join(folder, 'socket').length <= MAX_SOCKET_DIR ? join(folder, 'socket') : undefined;
  if (socketDir !== undefined) {
    mkdirSync(socketDir, { recursive: true });
    giveFolder(socketDir, user);
  }

  await clearLeftovers(cluster, socketDir, log);
  const remembered = readState<State>(stateFile);
  const password = remembered.password ?? randomBytes(18).toString('base64url');
  const port = await choosePort('PostgreSQL', host, options.port, remembered.port);
  // Before initdb: a cluster whose password nobody has written down is lost.
  writeState(stateFile, { port, password } satisfies State);
  await ensureCluster({ folder: cluster, binaries, user, password, log });
  writeConfig(
    cluster,
    postgresConfig({
      host,
      port,
      socketDir: socketDir ?? '',
      maxConnections: options.maxConnections ?? 100,
      maxSlotWalMb: options.maxSlotWalMb ?? 4_096,
    }),
    user,
  );

  let logStart = 0;
  const supervisor = new Supervisor(
    {
      name: 'PostgreSQL',
      startTimeoutMs: 120_000, // recovery after a crash replays the log
      stop: POSTGRES_STOP,
      explain: () => logTail(logFile, logStart),
      spawn: async () => {
        await clearLeftovers(cluster, socketDir, log);
        logStart = logEnd(logFile);
        const output = openLog(logFile);
        try {
          return spawn(binaries.postgres, ['-D', cluster], {
            ...user,
            cwd: tmpdir(),
            env: serverEnv(cluster),
            stdio: ['ignore', output, output],
            // Out of the terminal's process group: Ctrl-C is ours to act on, in our order.
            detached: true,
          });
        } finally {
          closeSync(output);
        }
      },
      isReady: async (child) => child.pid !== undefined && isPostmasterReady(cluster, child.pid),
    },
    log,
  );
  await supervisor.start();

  const authority = `postgres:${encodeURIComponent(password)}@`;
  const url = (database = 'postgres') => `postgresql://${authority}${urlHost(host)}:${port}/${database}`;
  return {
    port,
    url,
    socketUrl: (database = 'postgres') =>
      socketDir === undefined
        ? url(database)
        : `postgresql://${authority}localhost:${port}/${database}?host=${encodeURIComponent(socketDir)}`,
    get pid() {
      return supervisor.pid;
    },
    get restarts() {
      return supervisor.restarts;
    },
    stop: () => supervisor.stop(),
  };
}

/** Where to connect to a server that listens on `host`. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '*' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
