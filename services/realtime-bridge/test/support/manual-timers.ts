import type { Timer, Timers } from '../../src/timers.ts';

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until it is told to go on. */
export class ManualTimers implements Timers {
  #now: number;
  #next = 1;
  readonly #waiting = new Map<number, { at: number; callback: () => void }>();
  readonly #random: () => number;

  constructor(now = 1_700_000_000_000, random: () => number = () => 0.5) {
    this.#now = now;
    this.#random = random;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.#random();
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    const id = this.#next++;
    this.#waiting.set(id, { at: this.#now + Math.max(0, milliseconds), callback });
    return id as unknown as Timer;
  }

  clearTimeout(timer: Timer): void {
    this.#waiting.delete(timer as unknown as number);
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** Lets time pass; what falls due runs in order, each with what follows from it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const due = [...this.#waiting].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      const [id, { at, callback }] = due;
      this.#now = Math.max(this.#now, at);
      this.#waiting.delete(id);
      callback();
      await settle();
    }
    this.#now = end;
  }
}
