import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Session } from '@telestack/pg';
import type { IndexDefinition } from './definition.ts';

/** Of several replicas one builds at a time: CREATE INDEX CONCURRENTLY of the same index twice would leave an invalid one. */
const LOCK = 7306639710345283;
const LOCK_POLL_MS = 1_000;
const CANCEL_POLL_MS = 200;

/** Builds indexes one at a time, without blocking writers. */
export class IndexBuilder {
  readonly #database: Database;
  #queue: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #backend: number | undefined;
  readonly #closing = new AbortController();

  /** @param database two connections of its own, without a limit on statements: on a large table they take as long as they take */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Builds that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves to the milliseconds that it took, or to undefined when the index was there. @throws StatusError */
  build(definition: IndexDefinition): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    this.#queue.push(() => this.#build(definition).then(resolve, reject));
    this.#running ??= this.#run();
    return promise;
  }

  /** Gives up what is being built: the next start finds it invalid and begins again. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#running) {
      if (this.#backend !== undefined)
        await this.#database.query('SELECT pg_cancel_backend($1)', [this.#backend]).catch(() => {});
      await Promise.race([this.#running, sleep(CANCEL_POLL_MS)]);
    }
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await next();
    this.#running = undefined;
  }

  #build({ name, sql }: IndexDefinition): Promise<number | undefined> {
    return this.#database.withConnection(async (session) => {
      const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      this.#backend = rows[0]!.pid;
      try {
        await this.#lock(session);
        const started = performance.now();
        const isValid = await this.#find(session, name);
        if (isValid) return undefined;
        // A build that was cut short leaves an index that serves nobody and that every write keeps up.
        if (isValid === false) await this.#step(session, `DROP INDEX CONCURRENTLY telestack.${name}`);
        await this.#step(session, sql);
        // The planner needs statistics of the new expressions.
        await this.#step(session, 'ANALYZE telestack.documents');
        return performance.now() - started;
      } finally {
        this.#backend = undefined;
        // Held by the session, which goes back to the pool.
        await session.query('SELECT pg_advisory_unlock_all()').catch(() => {});
      }
    });
  }

  /** Asks again and again: a statement that waited would itself be what a concurrent build waits for. */
  async #lock(session: Session): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      signal.throwIfAborted();
      const { rows } = await session.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_lock(${LOCK}) AS locked`,
      );
      if (rows[0]!.locked) return;
      await sleep(LOCK_POLL_MS * (0.5 + Math.random()), undefined, { signal });
    }
  }

  async #step(session: Session, sql: string): Promise<void> {
    this.#closing.signal.throwIfAborted();
    await session.query(sql);
  }

  /** Whether the index can be used; undefined when there is none. */
  async #find(session: Session, name: string): Promise<boolean | undefined> {
    const { rows } = await session.query<{ valid: boolean }>(
      'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
      [`telestack.${name}`],
    );
    return rows[0]?.valid;
  }
}
