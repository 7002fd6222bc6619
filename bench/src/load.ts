import { setTimeout as delay } from 'node:timers/promises';
import { type Recorder, type Sample, summarize } from './sample.ts';

export interface Budget {
  seconds: number;
  warmup: number;
}

export interface ClosedLoop extends Budget {
  /** Workers that each send one operation after the other. */
  concurrency: number;
  /** Documents that one operation counts for in the rate (500 for a batch of 500). */
  units?: number;
  operation: (worker: number) => Promise<unknown>;
}

function note(recorder: Recorder, error: unknown): void {
  recorder.errors++;
  recorder.firstError ??= error instanceof Error ? error.message.slice(0, 200) : String(error);
}

async function workers(loop: ClosedLoop, seconds: number): Promise<{ recorder: Recorder; elapsed: number }> {
  const recorder: Recorder = { latencies: [], errors: 0 };
  const start = performance.now();
  const end = start + seconds * 1000;
  const work = async (worker: number) => {
    while (performance.now() < end) {
      const sent = performance.now();
      try {
        await loop.operation(worker);
        recorder.latencies.push(performance.now() - sent);
      } catch (error) {
        note(recorder, error);
        // A server that refuses everything must not turn this into a busy loop.
        await delay(20);
      }
    }
  };
  await Promise.all(Array.from({ length: loop.concurrency }, (_, worker) => work(worker)));
  // Operations that were under way at the end count, and so does the time they took: a slow server is not flattered.
  return { recorder, elapsed: (performance.now() - start) / 1000 };
}

/** Keeps `concurrency` operations in flight for `seconds`, after `warmup` seconds of the same. */
export async function closedLoop(loop: ClosedLoop): Promise<Sample> {
  if (loop.warmup > 0) await workers(loop, loop.warmup);
  const cpu = process.cpuUsage();
  const { recorder, elapsed } = await workers(loop, loop.seconds);
  return summarize(recorder, elapsed, cpuShare(cpu, elapsed), loop.units);
}

export interface PacedLoop {
  seconds: number;
  /** Operations per second, whether or not earlier ones have ended. */
  rate: number;
  operation: (index: number) => void;
}

/** Starts operations at a fixed rate: an overloaded server shows as latency, not as a lower rate. */
export async function pacedLoop(loop: PacedLoop): Promise<void> {
  const total = Math.floor(loop.rate * loop.seconds);
  const start = performance.now();
  for (let index = 0; index < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * loop.rate) + 1);
    while (index < due) loop.operation(index++);
    const wait = start + (index / loop.rate) * 1000 - performance.now();
    if (wait > 0) await delay(wait);
  }
}

/** CPU time used since `before` (`process.cpuUsage()`) as a share of `seconds`. */
export function cpuShare(before: NodeJS.CpuUsage, seconds: number): number {
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6 / seconds;
}
