import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from './sample.ts';

/**
 * Writes that a listener has not shown yet. A snapshot that shows number `n` of a channel delivers all of that
 * channel's earlier ones too: a server may put several commits into one snapshot.
 */
export class PendingEvents {
  readonly recorder: Recorder = { latencies: [], errors: 0 };
  readonly #sent = new Map<string, { sequence: number; at: number }[]>();
  #waiting = 0;

  sent(channel: string, sequence: number): void {
    const queue = this.#sent.get(channel);
    const entry = { sequence, at: performance.now() };
    if (queue) queue.push(entry);
    else this.#sent.set(channel, [entry]);
    this.#waiting++;
  }

  delivered(channel: string, sequence: number): void {
    const queue = this.#sent.get(channel);
    while (queue?.[0] && queue[0].sequence <= sequence) {
      this.recorder.latencies.push(performance.now() - queue[0].at);
      queue.shift();
      this.#waiting--;
    }
  }

  /** Waits for the rest; what has not come after `seconds` counts as an error. */
  async settle(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    while (this.#waiting > 0 && performance.now() < end) await delay(5);
    if (this.#waiting === 0) return;
    this.recorder.errors += this.#waiting;
    this.recorder.firstError ??= `${this.#waiting} events did not arrive within ${seconds} s`;
  }

  failed(error: unknown): void {
    this.recorder.errors++;
    this.recorder.firstError ??= String(error).slice(0, 200);
  }
}

/** Runs `open` for 0..count-1, at most `width` at a time. */
export async function openAll<T>(
  count: number,
  width: number,
  open: (n: number) => Promise<T>,
): Promise<T[]> {
  const opened: T[] = [];
  let next = 0;
  const work = async () => {
    while (next < count) {
      const n = next++;
      opened[n] = await open(n);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, work));
  return opened;
}
