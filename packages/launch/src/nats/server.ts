import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import { logEnd, logTail, openLog } from '../log-file.ts';
import { choosePort } from '../ports.ts';
import { commandOf, endProcesses, isAlive } from '../processes.ts';
import { readState, writeState } from '../state-file.ts';
import { Supervisor } from '../supervisor.ts';
import { findNatsServer } from './program.ts';
import { natsConfig } from './settings.ts';

export interface NatsOptions {
  /** Folder for streams, configuration, log and state; made if missing. */
  folder: string;
  /** Default: the last run's, else a free one. */
  port?: number;
  host?: string;
  log: Log;
}

export interface NatsServer {
  readonly port: number;
  /** nats://user:password@host:port */
  readonly url: string;
  readonly pid: number | undefined;
  readonly restarts: number;
  stop(): Promise<void>;
}

interface State {
  port: number;
  password: string;
}

/** It shares the machine with PostgreSQL and the services, and idle Go threads look for work before they sleep. */
const THREADS = String(Math.max(1, availableParallelism() >> 1));

const NATS_STOP = [
  { signal: 'SIGTERM', waitMs: 8_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** Starts nats-server with JetStream on the folder and keeps it running until stop(). */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { log, host = '127.0.0.1' } = options;
  const folder = resolve(options.folder);
  const configFile = join(folder, 'nats.conf');
  const pidFile = join(folder, 'nats.pid');
  const logFile = join(folder, 'nats.log');
  const stateFile = join(folder, 'state.json');

  mkdirSync(folder, { recursive: true });
  const binary = await findNatsServer(log);
  await clearNatsLeftovers(folder, log);
  const remembered = readState<State>(stateFile);
  const password = remembered.password ?? randomBytes(18).toString('base64url');
  const port = await choosePort('nats-server', host, options.port, remembered.port);
  writeState(stateFile, { port, password } satisfies State);
  writeFileSync(configFile, natsConfig({ host, port, password, storeDir: join(folder, 'data'), pidFile }), {
    mode: 0o600,
  });

  let logStart = 0;
  const supervisor = new Supervisor(
    {
      name: 'nats-server',
      startTimeoutMs: 60_000,
      stop: NATS_STOP,
      explain: () => logTail(logFile, logStart),
      spawn: async () => {
        await clearNatsLeftovers(folder, log);
        logStart = logEnd(logFile);
        const output = openLog(logFile);
        try {
          return spawn(binary, ['-c', configFile], {
            env: { GOMAXPROCS: THREADS, ...process.env },
            stdio: ['ignore', output, output],
            detached: true,
          });
        } finally {
          closeSync(output);
        }
      },
      isReady: () => answers(host, port),
    },
    log,
  );
  await supervisor.start();
  return {
    port,
    url: `nats://telestack:${password}@${host}:${port}`,
    get pid() {
      return supervisor.pid;
    },
    get restarts() {
      return supervisor.restarts;
    },
    stop: () => supervisor.stop(),
  };
}

/** Ends a server of an earlier run that still works on the folder. */
export async function clearNatsLeftovers(folder: string, log: Log): Promise<void> {
  const pid = readPid(join(folder, 'nats.pid'));
  if (pid === undefined || !isAlive(pid) || !commandOf(pid).includes(join(folder, 'nats.conf'))) return;
  log(`Stopping nats-server of an earlier run (process ${pid})`);
  await endProcesses([pid], NATS_STOP);
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The server speaks first, once JetStream has recovered its streams. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host, port, timeout: 1_000 });
    const finish = (result: boolean) => {
      socket.destroy();
      done(result);
    };
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('INFO ')));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => finish(false));
  });
}
