import type { StatusError } from '@telestack/errors';
import type pg from 'pg';
import { isReadTimeout, sqlState, toDatabaseError } from './errors.ts';
import type { StatementNames } from './statements.ts';

export type Row = Record<string, unknown>;

export interface QueryOptions {
  /** A prepared statement's own name (one text per name, for the process's life); otherwise frequent texts get one. */
  name?: string;
}

export interface QueryResult<R> {
  rows: R[];
  /** Rows that the command touched; 0 for commands that have no count. */
  rowCount: number;
}

/** Where statements run: the whole database (a connection each), or one connection or transaction. */
export interface Queryable {
  /** Runs one statement. Parameters are $1, $2, ...; errors are StatusErrors (see toDatabaseError). */
  query<R extends object = Row>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<R>>;
}

/** What pg keeps per connection; DEALLOCATE must clear it or pg believes that the statement is still there. */
interface PreparedState {
  parsedStatements: Record<string, unknown>;
  submittedNamedStatements?: Record<string, unknown>;
}

const PLAN_CHANGED = /^cached plan must not change result type/;

/** One connection with prepared statements. Not for use after its `withConnection` or `transaction` has ended. */
export class Session implements Queryable {
  readonly #client: pg.PoolClient;
  readonly #names: StatementNames;
  #timedOut = false;

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  async query<R extends object = Row>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<R>> {
    try {
      return await this.#run<R>(text, values, options);
    } catch (error) {
      // A schema change outdates a plan; outside a transaction the statement can simply be prepared again.
      if (!this.#isPlanOutdated(error, text)) throw this.#failure(error);
      await this.deallocateStale();
      return await this.#run<R>(text, values, options).catch((again) => {
        throw this.#failure(again);
      });
    }
  }

  /** True once the connection's answers cannot be trusted any more: a transaction is open, or an answer did not come. */
  get isBroken(): boolean {
    return this.#timedOut || this.#client.getTransactionStatus() !== 'I';
  }

  /** True between BEGIN and COMMIT, also of a transaction that has failed. */
  get isInTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I';
  }

  /**
   * Runs statements without parameters or result; resolves to the last one's command tag ("COMMIT"). `timeoutMs` replaces the
   * pool's own limit on the wait for the answer, for statements that may take long (the server's limit is SET apart).
   */
  async command(text: string, timeoutMs?: number): Promise<string> {
    try {
      const query: pg.QueryConfig & { query_timeout?: number } = { text, query_timeout: timeoutMs };
      const result = (await this.#client.query(query)) as pg.QueryResult | pg.QueryResult[];
      // Several statements in one text have a result each.
      return (Array.isArray(result) ? result.at(-1)?.command : result.command) ?? '';
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Deallocates the names that were evicted since this connection's last use. Not inside a transaction: it may have failed. */
  async deallocateStale(): Promise<void> {
    const stale = this.#names.takeStale(this.#client);
    if (stale.length === 0) return;
    const connection = this.#client.connection as unknown as PreparedState;
    const known = stale.filter((name) => connection.parsedStatements[name] !== undefined);
    if (known.length > 0) await this.command(known.map((name) => `DEALLOCATE ${name}`).join(';'));
    for (const name of stale) {
      delete connection.parsedStatements[name];
      delete connection.submittedNamedStatements?.[name];
    }
  }

  async #run<R extends object>(
    text: string,
    values: readonly unknown[] | undefined,
    options: QueryOptions | undefined,
  ): Promise<QueryResult<R>> {
    // A statement without parameters goes by the simple protocol, where several may stand in one text.
    const name =
      options?.name ?? (values && values.length > 0 ? this.#names.nameFor(this.#client, text) : undefined);
    const result = await this.#client.query<R>({ name, text, values: values as unknown[] | undefined });
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  }

  #failure(error: unknown): StatusError {
    if (isReadTimeout(error)) this.#timedOut = true;
    return toDatabaseError(error);
  }

  #isPlanOutdated(error: unknown, text: string): boolean {
    if (sqlState(error) !== '0A000' || !(error instanceof Error) || !PLAN_CHANGED.test(error.message))
      return false;
    return this.#names.forget(this.#client, text) && !this.isInTransaction;
  }
}
