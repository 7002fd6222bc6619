import type { Lsn } from './lsn.ts';
import type { PgOutputMessage } from './messages.ts';

type Handler = (lsn: Lsn, message: PgOutputMessage) => void | Promise<void>;

interface Item {
  readonly lsn: Lsn;
  readonly message: PgOutputMessage;
  readonly bytes: number;
}

/**
 * Hands messages to the handler one after another: at once while the handler is synchronous and nothing waits, else from
 * a queue. The queue can exceed its limit by what one socket read held; `isFull` tells the reader to pause.
 */
export class Inbox {
  readonly #handler: Handler;
  readonly #limits: { maxItems: number; maxBytes: number };
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  /** What has been handed over is let go of at once: large rows would outlive their use by hundreds of messages. */
  #queue: (Item | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #busy = false;
  #stopped = false;
  #onRoom: (() => void) | undefined;

  constructor(handler: Handler, limits: { maxItems: number; maxBytes: number }) {
    this.#handler = handler;
    this.#limits = limits;
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    promise.catch(() => {});
  }

  get isFull(): boolean {
    return this.#queue.length - this.#head >= this.#limits.maxItems || this.#bytes >= this.#limits.maxBytes;
  }

  push(lsn: Lsn, message: PgOutputMessage, bytes: number): void {
    if (this.#stopped) return;
    if (this.#busy) {
      this.#queue.push({ lsn, message, bytes });
      this.#bytes += bytes;
      return;
    }
    const pending = this.#handle(lsn, message);
    if (pending !== undefined) void this.#drain(pending);
  }

  /** Calls back once, when the queue has fallen to half its limit. */
  whenRoom(callback: () => void): void {
    this.#onRoom = callback;
  }

  /** Drops what waits; the handler is not called again. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#onRoom = undefined;
  }

  #handle(lsn: Lsn, message: PgOutputMessage): Promise<void> | undefined {
    try {
      return this.#handler(lsn, message) ?? undefined;
    } catch (error) {
      this.stop();
      this.#fail(error);
      return undefined;
    }
  }

  async #drain(first: Promise<void>): Promise<void> {
    this.#busy = true;
    try {
      await first;
      while (this.#head < this.#queue.length) {
        const item = this.#queue[this.#head]!;
        this.#queue[this.#head++] = undefined;
        this.#bytes -= item.bytes;
        const pending = this.#handle(item.lsn, item.message);
        if (pending !== undefined) await pending;
        this.#compact();
      }
    } catch (error) {
      this.stop();
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
  }

  #compact(): void {
    const waiting = this.#queue.length - this.#head;
    if (this.#head > 512 && this.#head > waiting) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (waiting <= this.#limits.maxItems / 2 && this.#bytes <= this.#limits.maxBytes / 2) {
      const callback = this.#onRoom;
      this.#onRoom = undefined;
      callback?.();
    }
  }
}
