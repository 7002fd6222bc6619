import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../database.ts';

/** How long a transaction waits for those before it, at most; then it goes on at its own risk. */
export const PATIENCE_MS = 10_000;
/** How long others wait for a transaction that has read and has not committed yet. */
export const LEASE_MS = 1_000;
/** How often this replica looks for what others have committed. What it commits itself, it knows at once. */
const POLL_MS = 20;
/** Transactions that are woken when it is their turn; more have to come back and look. */
const LIMIT = 5_000;

interface Waiting {
  readonly id: string;
  readonly end: number;
  readonly go: () => void;
}

/**
 * Read-write transactions of this replica that wait for their turn with documents (docs/decisions/0002-queue-of-transactions.md). The queue itself is
 * in PostgreSQL, `telestack.claims`; one statement asks for all that wait here.
 */
export class Turns {
  readonly #database: Queryable;
  readonly #waiting = new Set<Waiting>();
  #polling = false;
  #wake: (() => void) | undefined;
  #again = false;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Resolves when nobody is before the transaction any more, at `end` (`performance.now()`), or when its caller has gone. */
  async wait(id: string, end: number, signal?: AbortSignal): Promise<void> {
    if (this.#waiting.size >= LIMIT) return sleep(POLL_MS * (1 + Math.random()));
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const waiting: Waiting = {
        id,
        end,
        go: () => {
          this.#waiting.delete(waiting);
          signal?.removeEventListener('abort', waiting.go);
          resolve();
        },
      };
      signal?.addEventListener('abort', waiting.go);
      this.#waiting.add(waiting);
      if (!this.#polling) void this.#poll();
    });
  }

  /** Gives up a transaction's places in the queue. */
  async leave(id: string): Promise<void> {
    await this.#database.query('DELETE FROM telestack.claims WHERE transaction = $1', [id]);
    this.passOn();
  }

  /** A transaction of this replica has ended: it may be another's turn. */
  passOn(): void {
    this.#again = true;
    this.#wake?.();
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#waiting.size > 0) {
      this.#again = false;
      const asked = [...this.#waiting];
      const blocked = await this.#blocked(asked);
      const now = performance.now();
      for (const waiting of asked) if (now > waiting.end || !blocked.has(waiting.id)) waiting.go();
      if (!this.#again) await this.#pause();
    }
    this.#polling = false;
  }

  async #blocked(asked: readonly Waiting[]): Promise<ReadonlySet<string>> {
    try {
      const { rows } = await this.#database.query<{ id: string }>(
        'SELECT id FROM telestack.blocked($1::uuid[]) AS id',
        [asked.map(({ id }) => id)],
      );
      return new Set(rows.map(({ id }) => id));
    } catch {
      // Without the database nobody's turn comes; the reads that follow will say what is wrong with it.
      return new Set();
    }
  }

  async #pause(): Promise<void> {
    const timer = new AbortController();
    this.#wake = () => timer.abort();
    await sleep(POLL_MS * (0.5 + Math.random()), undefined, { signal: timer.signal }).catch(() => {});
    this.#wake = undefined;
  }
}
