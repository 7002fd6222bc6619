import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A part of a transaction: append `value` to the list `key`, or read it (null while not known). */
export type MicroOp = ['append', number, number] | ['r', number, number[] | null];

export type Completion = 'ok' | 'fail' | 'info';

interface Event {
  index: number;
  type: 'invoke' | Completion;
  process: number;
  time: number;
  value: MicroOp[];
  error?: string;
}

/** An operation that has begun. */
export interface Pending {
  process: number;
  value: MicroOp[];
}

/**
 * What clients asked for and what came back, in the order in which it happened, in Jepsen's format. One process of the
 * history has one operation at a time; a process whose operation ended without an answer is never used again.
 */
export class History {
  readonly #events: Event[] = [];
  #processes = 0;
  readonly #counts = { ok: 0, fail: 0, info: 0 };

  newProcess(): number {
    return this.#processes++;
  }

  invoke(process: number, value: MicroOp[]): Pending {
    this.#push('invoke', process, value);
    return { process, value };
  }

  complete(pending: Pending, type: Completion, value: MicroOp[], error?: string): void {
    this.#counts[type]++;
    this.#push(type, pending.process, value, error);
  }

  #push(type: Event['type'], process: number, value: MicroOp[], error?: string): void {
    const time = Math.round(performance.now() * 1e6);
    this.#events.push({ index: this.#events.length, type, process, time, value, error });
  }

  get counts(): Readonly<Record<Completion, number>> {
    return this.#counts;
  }

  save(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, this.#events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}
