import pg from 'pg';
import { typeParsers } from './types.ts';

export interface PoolOptions {
  /** postgres:// URL; `?host=/dir` for a unix socket. */
  connectionString: string;
  /** Most connections; default 10. */
  max?: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** A statement that runs longer is cancelled (57014, DEADLINE_EXCEEDED); default 30 s, 0 for none. */
  statementTimeoutMs?: number;
  /** Limit on a connection's start and on the wait for a free one; default 5 s. */
  connectionTimeoutMs?: number;
  /** An unused connection is closed after this time; default 60 s. */
  idleTimeoutMs?: number;
  /** Server settings of every connection, by name. */
  settings?: Readonly<Record<string, string>>;
  /** Told of errors of idle connections, which harm nobody: the pool has dropped them. */
  onError?: (error: Error) => void;
}

/** A pool whose idle connections may die (server restart, kill -9) without taking the process with them. */
export function createPool(options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 10,
    application_name: options.applicationName,
    statement_timeout: statementTimeoutMs,
    // For a server that has vanished without closing its sockets: nobody is left there to cancel the statement.
    query_timeout: statementTimeoutMs === 0 ? undefined : statementTimeoutMs + 5_000,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 5_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 60_000,
    keepAlive: true,
    options: Object.entries(options.settings ?? {})
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: typeParsers,
  });
  pool.on('error', (error) => options.onError?.(error));
  // The pool listens to idle connections only; one that dies while it is checked out would raise an unhandled 'error'.
  // Its running query is rejected, which is how the caller hears of it.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return pool;
}
