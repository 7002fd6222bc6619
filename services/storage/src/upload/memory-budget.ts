import { unavailable } from '@telestack/errors';

interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

/** How many bytes all uploads of this process may hold back at once. Who gets none waits in line, and its client with it. */
export class MemoryBudget {
  readonly #waiters: Waiter[] = [];
  readonly #maxWaitMs: number;
  #free: number;

  constructor(bytes: number, maxWaitMs: number) {
    this.#free = bytes;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Resolves to what gives the bytes back. @throws StatusError UNAVAILABLE when there are none in time */
  async take(bytes: number): Promise<() => void> {
    if (this.#waiters.length > 0 || bytes > this.#free) await this.#wait(bytes);
    else this.#free -= bytes;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#free += bytes;
      this.#serve();
    };
  }

  #wait(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        this.#serve();
        reject(unavailable('Too many uploads at once.'));
      }, this.#maxWaitMs);
      this.#waiters.push(waiter);
    });
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#waiters[0]!.bytes <= this.#free) {
      const waiter = this.#waiters.shift()!;
      this.#free -= waiter.bytes;
      waiter.resolve();
    }
  }
}
