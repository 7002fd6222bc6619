/** Runs steps one after another: at once while they are synchronous and none waits. The first that throws ends it. */
export class SerialQueue {
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  #waiting: (() => void | Promise<void>)[] = [];
  #isBusy = false;
  #stopped = false;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    promise.catch(() => {});
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  push(step: () => void | Promise<void>): void {
    if (this.#stopped) return;
    if (this.#isBusy) {
      this.#waiting.push(step);
      return;
    }
    try {
      const pending = step();
      if (pending !== undefined) void this.#drain(pending);
    } catch (error) {
      this.#end(error);
    }
  }

  /** Drops the steps that wait. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  async #drain(first: Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await first;
      while (this.#waiting.length > 0) {
        // A whole batch at a time: shifting a long array item by item is quadratic.
        const batch = this.#waiting;
        this.#waiting = [];
        for (const step of batch) {
          if (this.#stopped) return;
          await step();
        }
      }
    } catch (error) {
      this.#end(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #end(error: unknown): void {
    this.stop();
    this.#fail(error);
  }
}
