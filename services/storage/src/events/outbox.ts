import type { ChangeStream } from '@telestack/bus';
import type { Database, Queryable } from '@telestack/pg';
import type { ObjectEvent } from './object-event.ts';

/** Events of one transaction with the bus. */
const BATCH = 100;
/** For events whose process died before it published them, and after failures. */
const SWEEP_MS = 5_000;

/**
 * Object events on their way to JetStream. They are written in the transaction of the change that they tell of, so that none is lost
 * and none tells of what did not happen; each is published at least once, with its id.
 */
export class Outbox {
  readonly #db: Database;
  readonly #stream: ChangeStream;
  readonly #log: (message: string, error?: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #draining: Promise<void> | undefined;
  #isAsked = false;
  #isClosed = false;

  constructor(db: Database, stream: ChangeStream, log: (message: string, error?: unknown) => void) {
    this.#db = db;
    this.#stream = stream;
    this.#log = log;
    this.#timer = setInterval(() => this.kick(), SWEEP_MS);
  }

  async add(tx: Queryable, event: ObjectEvent, traceparent: string | undefined): Promise<void> {
    await tx.query('INSERT INTO storage.outbox (event, traceparent) VALUES ($1, $2)', [
      JSON.stringify(event),
      traceparent ?? null,
    ]);
  }

  /** Publishes what has been committed. */
  kick(): void {
    this.#isAsked = true;
    if (this.#isClosed) return;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isClosed) {
        this.#isAsked = false;
        while ((await this.#publishBatch()) === BATCH && !this.#isClosed);
      }
    } catch (error) {
      this.#log('Object events cannot be published now.', error);
    }
  }

  /** One replica at a time, so that events stay in order. */
  #publishBatch(): Promise<number> {
    return this.#db.transaction(async (tx) => {
      const { rows: locks } = await tx.query<{ is_mine: boolean }>(
        'SELECT pg_try_advisory_xact_lock(7347) AS is_mine',
      );
      if (!locks[0]!.is_mine) return 0;
      const { rows } = await tx.query<{ id: number; event: string; traceparent: string | null }>(
        'SELECT id, event, traceparent FROM storage.outbox ORDER BY id LIMIT $1',
        [BATCH],
      );
      for (const { event, traceparent } of rows) {
        const { id, type } = JSON.parse(event) as ObjectEvent;
        const headers = { 'ce-type': type, ...(traceparent === null ? {} : { traceparent }) };
        await this.#stream.publish(Buffer.from(event), { msgId: id, headers, deadlineMs: 10_000 });
      }
      if (rows.length > 0)
        await tx.query('DELETE FROM storage.outbox WHERE id = ANY ($1)', [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }
}
