import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { codeOf } from '../clients.ts';
import type { Counts } from '../verdict.ts';

/** Documents that are written again and again. */
export const CHANGING = 'changing';
const CHANGING_DOCUMENTS = 400;
/** Writes in flight: a server that is slower than the rate gets no more than these. */
const WIDTH = 64;

/** Writes documents of `bytes` at a rate, half of them to each collection, and remembers when each write began. */
export class Load {
  /** Milliseconds of performance.now() by sequence. */
  readonly startedAt = new Map<number, number>();
  /** Acknowledged writes. */
  written = 0;
  /** The collection of which every write makes a new document. */
  growing = 'growing';
  readonly #firestore: Firestore;
  readonly #counts: Counts;
  readonly #payload: Buffer;
  #sequence = 0;
  #inFlight = 0;
  #isRunning = true;

  constructor(firestore: Firestore, bytes: number, counts: Counts) {
    this.#firestore = firestore;
    this.#counts = counts;
    this.#payload = randomBytes(bytes);
  }

  /** Until `stop`; `rate` in writes per second. */
  async run(rate: number): Promise<void> {
    const start = performance.now();
    for (let n = 0; this.#isRunning; n++) {
      await delay(Math.max(0, start + (n * 1000) / rate - performance.now()));
      if (this.#inFlight < WIDTH) void this.#write(n);
    }
    while (this.#inFlight > 0) await delay(10);
  }

  stop(): void {
    this.#isRunning = false;
  }

  async #write(n: number): Promise<void> {
    const sequence = this.#sequence++;
    const path = n % 2 === 0 ? `${CHANGING}/${(n / 2) % CHANGING_DOCUMENTS}` : `${this.growing}/${sequence}`;
    this.#inFlight++;
    this.startedAt.set(sequence, performance.now());
    try {
      await this.#firestore.doc(path).set({ sequence, payload: this.#payload });
      this.written++;
    } catch (error) {
      this.#counts.add(codeOf(error));
    }
    this.#inFlight--;
  }
}
