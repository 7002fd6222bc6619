/**
 * A bounded queue between a pushing producer and one iterating consumer. `push` tells when the producer should pause;
 * `onRoom` is called when it may go on.
 */
export class MessageQueue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;
  readonly #limit: number;
  readonly #onRoom: () => void;

  constructor(limit: number, onRoom: () => void = () => {}) {
    this.#limit = limit;
    this.#onRoom = onRoom;
  }

  get length(): number {
    return this.#items.length;
  }

  /** False when the queue has reached its limit. Messages after the end are dropped. */
  push(item: T): boolean {
    if (this.#ended) return false;
    this.#items.push(item);
    this.#wake?.();
    return this.#items.length < this.#limit;
  }

  /** No more messages: the consumer gets what is queued, then the end or the error. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      const batch = this.#items;
      if (batch.length > 0) {
        this.#items = [];
        this.#onRoom();
        yield* batch;
        continue;
      }
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
