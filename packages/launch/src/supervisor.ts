import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { unavailable } from '@telestack/errors';
import type { Log } from './log.ts';
import { endProcesses, trySignal } from './processes.ts';
import { waitUntil } from './wait.ts';

export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

export interface SupervisedProcess {
  name: string;
  /** Starts the process; first clears away what an earlier one has left. */
  spawn(): Promise<ChildProcess>;
  /** True once it serves. */
  isReady(child: ChildProcess): Promise<boolean>;
  /** What it last said, for the error when it does not start. */
  explain(): string;
  startTimeoutMs: number;
  /** Signals that end it, mildest first. */
  stop: readonly StopStep[];
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
/** A process that has lived this long was healthy: its next death is a first one. */
const HEALTHY_MS = 10_000;
const FIRST_ATTEMPTS = 4;

/** Keeps one child process running: starts it again, with backoff, whenever it ends unasked. */
export class Supervisor {
  readonly #spec: SupervisedProcess;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #restarts = 0;
  #ready = false;

  constructor(spec: SupervisedProcess, log: Log) {
    this.#spec = spec;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Times that it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** Resolves when the process serves; UNAVAILABLE with its last words when it does not after a few attempts. */
  async start(): Promise<void> {
    // Before other exit handlers: one of them may remove the folder that the child works in.
    process.prependOnceListener('exit', this.#onExit);
    for (let attempt = 1; ; attempt++) {
      if (await this.#launch()) break;
      if (attempt === FIRST_ATTEMPTS || this.#stopping.signal.aborted) {
        process.removeListener('exit', this.#onExit);
        throw unavailable(`${this.#spec.name} does not start:\n${this.#spec.explain()}`);
      }
      await this.#pause(MIN_BACKOFF_MS * 2 ** attempt);
    }
    this.#running = this.#keepRunning();
  }

  /** Ends the process and the supervision. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.#running;
    process.removeListener('exit', this.#onExit);
  }

  /** The last resort when this process ends without stop(): the child must not stay behind. */
  readonly #onExit = (): void => {
    if (this.#child?.pid !== undefined) trySignal(this.#child.pid, this.#spec.stop[0]?.signal ?? 'SIGTERM');
  };

  async #launch(): Promise<boolean> {
    let child: ChildProcess;
    try {
      child = await this.#spec.spawn();
    } catch (error) {
      this.#log(
        `${this.#spec.name} cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
    // Without a listener a failed exec would be thrown; it shows as an exit as well.
    child.on('error', () => {});
    this.#child = child;
    const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    const { signal } = this.#stopping;
    await waitUntil(async () => gone() || (await this.#spec.isReady(child)), this.#spec.startTimeoutMs, {
      signal,
    });
    this.#ready = !gone() && !signal.aborted && (await this.#spec.isReady(child));
    if (!this.#ready) await this.#end();
    return this.#ready;
  }

  async #keepRunning(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const child = this.#child;
      const startedAt = Date.now();
      const how = child === undefined || !this.#ready ? 'did not start' : await exitOf(child);
      if (this.#stopping.signal.aborted) return;
      this.#ready = false;
      failures = Date.now() - startedAt > HEALTHY_MS ? 0 : failures + 1;
      const pauseMs = Math.min(MIN_BACKOFF_MS * 2 ** Math.min(failures, 10), MAX_BACKOFF_MS);
      this.#log(`${this.#spec.name} ${how}; starting it again in ${pauseMs} ms`);
      await this.#pause(pauseMs);
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      if (await this.#launch()) this.#log(`${this.#spec.name} is back`);
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#ready = false;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await endProcesses([child.pid], this.#spec.stop);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** Waits for the end of the process, and says how it was. */
function exitOf(child: ChildProcess): Promise<string> {
  const say = () =>
    child.signalCode ? `was killed by ${child.signalCode}` : `exited with ${child.exitCode}`;
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(say());
  return new Promise((resolve) => child.once('exit', () => resolve(say())));
}
