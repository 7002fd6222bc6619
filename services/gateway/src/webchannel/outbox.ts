import { numbered } from './framing.ts';

interface Entry {
  readonly id: number;
  readonly text: string;
}

/** Bytes of all sessions together; `used` never grows without `Outbox` knowing. */
export interface Budget {
  readonly limit: number;
  used: number;
}

/**
 * What a session has for its client and the client has not acknowledged. A back channel may break at any time: nothing is
 * dropped before the client says that it has it.
 */
export class Outbox {
  #entries: Entry[] = [];
  #nextId: number;
  #size = 0;
  readonly #limit: number;
  readonly #budget: Budget;

  /** @param limit of one session, in UTF-16 units; a message that begins below it is taken whole. */
  constructor(limit: number, budget: Budget, nextId: number) {
    this.#limit = limit;
    this.#budget = budget;
    this.#nextId = nextId;
  }

  /** Number of the newest message. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Units that wait for the client's word. */
  get size(): number {
    return this.#size;
  }

  /** Whether more should wait: the session is full, or all sessions together are and this one is part of it. */
  get isFull(): boolean {
    return this.#size >= this.#limit || (this.#size > 0 && this.#budget.used >= this.#budget.limit);
  }

  push(payload: string): void {
    const text = numbered(this.#nextId, payload);
    this.#entries.push({ id: this.#nextId++, text });
    this.#grow(text.length);
  }

  /** The client has everything up to a number. */
  acknowledge(id: number): void {
    const removed = this.#entries.splice(0, this.#indexAfter(id));
    this.#grow(-removed.reduce((sum, { text }) => sum + text.length, 0));
  }

  /** Messages after a number: at least one, and more as long as they are not over `limit` units together. */
  after(id: number, limit: number): { readonly json: string; readonly lastId: number } | undefined {
    const start = this.#indexAfter(id);
    if (start >= this.#entries.length) return undefined;
    let size = 0;
    let end = start;
    while (end < this.#entries.length && (end === start || size + this.#entries[end]!.text.length <= limit)) {
      size += this.#entries[end++]!.text.length;
    }
    const entries = this.#entries.slice(start, end);
    return { json: `[${entries.map(({ text }) => text).join(',')}]`, lastId: entries.at(-1)!.id };
  }

  clear(): void {
    this.acknowledge(Number.POSITIVE_INFINITY);
  }

  /** Numbers have no gap. */
  #indexAfter(id: number): number {
    return Math.max(0, id + 1 - (this.#entries[0]?.id ?? this.#nextId));
  }

  #grow(by: number): void {
    this.#size += by;
    this.#budget.used += by;
  }
}
