/** A pause of the event loop beyond which requests of both servers may have met their deadlines. */
const STALL_MS = 4_000;
const TICK_MS = 250;
const MAX_ATTEMPTS = 10;

/**
 * Notes when this process did not run: the machine was suspended, or the processes on it were stopped. What was being compared then has
 * to be compared again.
 */
export class Stalls implements Disposable {
  readonly #stallMs: number;
  #last = performance.now();
  #count = 0;
  readonly #timer = setInterval(() => this.#look(), TICK_MS).unref();

  constructor(stallMs = STALL_MS) {
    this.#stallMs = stallMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** How often it has stood still. */
  get count(): number {
    this.#look();
    return this.#count;
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#last > this.#stallMs) this.#count += 1;
    this.#last = now;
  }

  /** Runs until it has run without a stall. */
  async undisturbed<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const before = this.count;
      const result = await run();
      if (this.count === before || attempt === MAX_ATTEMPTS) return result;
    }
  }
}
