import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@telestack/launch';

interface Part {
  name: string;
  limitMs: number;
  stop: () => Promise<void>;
}

/**
 * What has been started, so that it can be stopped in the opposite order, each part within its limit: one that hangs or
 * fails does not keep the others from stopping.
 */
export class Phases {
  readonly #log: Log;
  readonly #phases: Part[][] = [];
  #stopping: Promise<boolean> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Starts parts side by side and tells how long each took. When one fails, the others are still awaited, so that stop() knows
   * them; then the first failure is thrown.
   */
  async start<T extends readonly { name: string; limitMs: number; start: () => Promise<Stoppable> }[]>(
    ...parts: T
  ): Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]['start']>> }> {
    const phase: Part[] = [];
    this.#phases.push(phase);
    const results = await Promise.allSettled(
      parts.map(async ({ name, limitMs, start }) => {
        const startedAt = performance.now();
        const running = await start();
        phase.push({ name, limitMs, stop: () => (running.stop ?? running.close)!.call(running) });
        this.#log(`${name} ready in ${seconds(startedAt)}`);
        return running;
      }),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return results.map((result) => (result as PromiseFulfilledResult<Stoppable>).value) as never;
  }

  /** Stops everything, latest phase first; true when all parts stopped well. */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    let isClean = true;
    for (const phase of this.#phases.reverse()) {
      const outcomes = await Promise.all(phase.map((part) => this.#stopPart(part)));
      isClean &&= outcomes.every((outcome) => outcome);
    }
    return isClean;
  }

  async #stopPart({ name, limitMs, stop }: Part): Promise<boolean> {
    const startedAt = performance.now();
    const timer = new AbortController();
    try {
      const inTime = await Promise.race([
        stop().then(() => true),
        delay(limitMs, false, { signal: timer.signal }),
      ]);
      this.#log(
        inTime ? `${name} stopped in ${seconds(startedAt)}` : `${name} did not stop in ${seconds(startedAt)}`,
      );
      return inTime;
    } catch (error) {
      this.#log(`${name} failed to stop: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    } finally {
      timer.abort();
    }
  }
}

interface Stoppable {
  stop?(): Promise<void>;
  close?(): Promise<void>;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(2)} s`;
}
