import { sleep, type Timers } from './timers.ts';

export interface BackoffOptions {
  /** Milliseconds of the first wait; each is about twice as long as the one before. */
  readonly min: number;
  readonly max: number;
}

/** Waits between tries: longer each time, with jitter, until a limit. */
export class Backoff {
  readonly #timers: Timers;
  readonly #options: BackoffOptions;
  #next: number;
  #since: number | undefined;

  constructor(timers: Timers, options: BackoffOptions) {
    this.#timers = timers;
    this.#options = options;
    this.#next = options.min;
  }

  /** Milliseconds since the first wait after the last success. */
  get elapsed(): number {
    return this.#since === undefined ? 0 : this.#timers.now() - this.#since;
  }

  /** It went well. */
  reset(): void {
    this.#next = this.#options.min;
    this.#since = undefined;
  }

  /** Rejects with the signal's reason when it aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#since ??= this.#timers.now();
    const milliseconds = this.#next * (0.5 + this.#timers.random());
    this.#next = Math.min(this.#next * 2, this.#options.max);
    await sleep(this.#timers, milliseconds, signal);
  }
}
