import type { Timer, Timers } from '../timers.ts';

/** What is asked again and again whether it may still be seen. */
export interface Revalidated {
  readonly dependsOnTime: boolean;
  /** Never rejects. */
  revalidate(): Promise<void>;
}

/** Questions at the same time: they must leave room for reads. */
const CONCURRENCY = 4;

/**
 * Asks about views whose right depends on the time. A round begins an interval after the one before has ended, so many views make rounds
 * longer and never pile up.
 */
export class Revalidation {
  readonly #timers: Timers;
  readonly #interval: number;
  readonly #views = new Set<Revalidated>();
  #timer: Timer | undefined;
  #isRunning = false;

  /** `interval` in milliseconds. */
  constructor(timers: Timers, interval: number) {
    this.#timers = timers;
    this.#interval = interval;
  }

  set(view: Revalidated, does: boolean): void {
    if (does) this.#views.add(view);
    else this.#views.delete(view);
    if (this.#views.size === 0) this.close();
    else this.#schedule();
  }

  close(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isRunning) return;
    this.#timer = this.#timers.setTimeout(() => {
      this.#timer = undefined;
      void this.#round();
    }, this.#interval);
  }

  async #round(): Promise<void> {
    this.#isRunning = true;
    const waiting = [...this.#views].values();
    const work = async () => {
      // One that is being read again is looked at by that.
      for (const view of waiting) if (this.#views.has(view) && view.dependsOnTime) await view.revalidate();
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    this.#isRunning = false;
    if (this.#views.size > 0) this.#schedule();
  }
}
