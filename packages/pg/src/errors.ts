import {
  aborted,
  deadlineExceeded,
  internal,
  invalidArgument,
  resourceExhausted,
  StatusError,
  unavailable,
} from '@telestack/errors';

/** Node's codes for a server that cannot be reached or has gone away. */
const SOCKET_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // a unix socket's file that is not there
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** SQLSTATEs that mean "this server, now": shutdown, start-up, failover, too many connections. */
const CONNECTION_STATES = new Set(['25006', '40003', '53300', '57P01', '57P02', '57P03', '57P05']);

/** What pg and pg-pool say without a code. */
const CONNECTION_MESSAGES =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Query read timeout$)/;

/** True when the server did not answer within the client's own limit; the connection is of no use afterwards. */
export function isReadTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Query read timeout';
}

const CONTENTION_STATES = new Set(['40001', '40P01', '55P03']);

function* causes(thrown: unknown): Generator<Error & { code?: unknown }> {
  let error = thrown;
  for (let depth = 0; depth < 8 && error instanceof Error; depth++) {
    yield error;
    error = error.cause;
  }
}

/** The SQLSTATE (five characters) of a thrown error or of what caused it; undefined when PostgreSQL did not say one. */
export function sqlState(thrown: unknown): string | undefined {
  for (const { code } of causes(thrown)) {
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_CODES.has(code)) return code;
  }
  return undefined;
}

/** True when the connection is gone or could not be made. The outcome of a COMMIT that ended so is unknown. */
export function isConnectionError(thrown: unknown): boolean {
  const state = sqlState(thrown);
  if (state !== undefined) return state.startsWith('08') || CONNECTION_STATES.has(state);
  for (const { code, message } of causes(thrown)) {
    if (typeof code === 'string' && SOCKET_CODES.has(code)) return true;
    if (CONNECTION_MESSAGES.test(message)) return true;
  }
  return false;
}

/** True when the same statement or transaction may succeed if it is run again: lost connection, deadlock, lock timeout. */
export function isRetryable(thrown: unknown): boolean {
  const state = sqlState(thrown);
  return (state !== undefined && CONTENTION_STATES.has(state)) || isConnectionError(thrown);
}

/**
 * The one place where PostgreSQL's errors become StatusErrors. What is unforeseen is INTERNAL; the original is always the
 * `cause`, so `sqlState` still answers for the result.
 */
export function toDatabaseError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const options = { cause: thrown };
  if (isConnectionError(thrown)) return unavailable('The database is unavailable.', options);
  const state = sqlState(thrown);
  if (state !== undefined) {
    if (CONTENTION_STATES.has(state)) {
      return aborted('Too much contention on these documents. Please try again.', options);
    }
    if (state === '54000' || state === '54001') {
      return invalidArgument(`The request exceeds a limit of the database: ${messageOf(thrown)}.`, options);
    }
    if (state === '57014') return deadlineExceeded('The database did not answer in time.', options);
    if (state.startsWith('53')) return resourceExhausted('The database is out of resources.', options);
  }
  return internal('Internal error.', options);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
