import type { Outlet } from '@telestack/rpc';

/** The client's end of a stream: takes messages at once, or only when it is told to. */
export class TestOutlet implements Outlet<Uint8Array> {
  /** Bytes that fit before the sender is told to wait. */
  highWater = 16_000;
  readonly #onMessage: (message: Uint8Array) => void;
  #queue: Uint8Array[] = [];
  #isOpen = true;
  #isPaused = false;
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  bufferedBytes = 0;
  sentBytes = 0;

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  send(message: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    this.sentBytes += message.length;
    if (!this.#isPaused) {
      this.#onMessage(message);
      return true;
    }
    this.#queue.push(message);
    this.bufferedBytes += message.length;
    return this.bufferedBytes < this.highWater;
  }

  drained(): Promise<void> {
    if (!this.#isPaused || this.bufferedBytes < this.highWater) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The client takes nothing any more. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.take(Number.POSITIVE_INFINITY);
  }

  /** The client takes some messages. */
  take(count: number): void {
    for (const message of this.#queue.splice(0, count)) {
      this.bufferedBytes -= message.length;
      this.#onMessage(message);
    }
    if (this.bufferedBytes < this.highWater) for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  close(error: unknown): void {
    this.#isOpen = false;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
