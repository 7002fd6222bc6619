import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, Supervisor } from '@telestack/launch';

export interface PartSpec {
  /** Of its log file too. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Working directory and place of the log. */
  readonly folder: string;
  isReady(): Promise<boolean>;
}

const START_TIMEOUT_MS = 120_000;
const STOP = [
  { signal: 'SIGTERM', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;
const KILL = [{ signal: 'SIGKILL', waitMs: 5_000 }] as const;

/** One process of a control plane, which can be taken down and brought back. */
export class Part {
  readonly #spec: PartSpec;
  readonly #log: Log;
  #supervisor: Supervisor | undefined;

  constructor(spec: PartSpec, log: Log) {
    this.#spec = spec;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#supervisor?.pid;
  }

  /** Resolves when it serves. */
  async start(how: 'gentle' | 'brutal' = 'gentle'): Promise<void> {
    const { name, file, args, folder } = this.#spec;
    const logFile = join(folder, `${name}.log`);
    this.#supervisor = new Supervisor(
      {
        name,
        spawn: async () => {
          const output = openSync(logFile, 'a');
          try {
            return spawn(file, args, { cwd: folder, stdio: ['ignore', output, output] });
          } finally {
            closeSync(output);
          }
        },
        isReady: () => this.#spec.isReady(),
        explain: () => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n'),
        startTimeoutMs: START_TIMEOUT_MS,
        stop: how === 'brutal' ? KILL : STOP,
      },
      this.#log,
    );
    await this.#supervisor.start();
  }

  async stop(): Promise<void> {
    await this.#supervisor?.stop();
    this.#supervisor = undefined;
  }
}
