import { aborted, resourceExhausted } from '@telestack/errors';
import type pg from 'pg';
import { toDatabaseError } from './errors.ts';
import { createPool, type PoolOptions } from './pool.ts';
import { type Queryable, type QueryOptions, type QueryResult, type Row, Session } from './session.ts';
import { StatementNames } from './statements.ts';

export interface DatabaseOptions extends PoolOptions {
  /** Most callers that may wait for a connection; the next one gets RESOURCE_EXHAUSTED. Default 5000. */
  maxWaiting?: number;
}

export interface TransactionOptions {
  /** Default: READ COMMITTED. */
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readOnly?: boolean;
}

/** A pool with prepared statements, transactions, and errors as StatusErrors. */
export class Database implements Queryable {
  readonly pool: pg.Pool;
  readonly #maxWaiting: number;
  readonly #names = new StatementNames();

  constructor(options: DatabaseOptions) {
    this.pool = createPool(options);
    this.#maxWaiting = options.maxWaiting ?? 5_000;
    this.pool.on('remove', (client) => this.#names.drop(client));
  }

  query<R extends object = Row>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<R>> {
    return this.withConnection((session) => session.query<R>(text, values, options));
  }

  /**
   * Runs `fn` between BEGIN and COMMIT on one connection; ROLLBACK when it throws. If the connection is lost while COMMIT
   * runs, the outcome is unknown: the error is UNAVAILABLE like any other lost connection.
   */
  transaction<T>(fn: (tx: Queryable) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const isolation = options.isolation ? ` ISOLATION LEVEL ${options.isolation}` : '';
    return this.withConnection(async (session) => {
      await session.command(`BEGIN${isolation}${options.readOnly ? ' READ ONLY' : ''}`);
      try {
        const result = await fn(session);
        const tag = await session.command('COMMIT');
        // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
        if (tag === 'ROLLBACK') throw aborted('The transaction had failed before its commit.');
        return result;
      } catch (error) {
        // When this fails too, the session is broken and the pool drops it.
        if (session.isInTransaction) await session.command('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** Runs `fn` with one connection, for what lives in a session: advisory locks, SET, temporary tables. */
  async withConnection<T>(fn: (session: Session) => Promise<T>): Promise<T> {
    if (this.pool.waitingCount - this.pool.idleCount >= this.#maxWaiting) {
      throw resourceExhausted('Too many requests wait for the database.');
    }
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
    const session = new Session(client, this.#names);
    try {
      await session.deallocateStale();
      return await fn(session);
    } finally {
      client.release(session.isBroken);
    }
  }

  /** Closes all connections, after the statements that run on them. */
  async close(): Promise<void> {
    await this.pool.end();
  }
}
