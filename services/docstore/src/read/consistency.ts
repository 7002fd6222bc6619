import { failedPrecondition, invalidArgument } from '@telestack/errors';
import type { TransactionOptions } from '@telestack/protos/google/firestore/v1/common.ts';
import { toTimestamp } from '../commit/execute.ts';
import { checkMicroseconds } from '../commit/precondition.ts';
import type { Docstore } from '../context.ts';
import { parseToken, type Transaction } from '../transactions/transactions.ts';
import { currentReadTime } from './run-query.ts';

/** `consistency_selector` of the read requests. */
export type ConsistencySelector =
  | { $case: 'transaction'; transaction: Uint8Array }
  | { $case: 'newTransaction'; newTransaction: TransactionOptions }
  | { $case: 'readTime'; readTime: number }
  | undefined;

/** At which time a read happens, and for whom. */
export interface Consistency {
  /** Microseconds; undefined reads the newest state. */
  readonly readTime: number | undefined;
  readonly transaction: Transaction | undefined;
  /** Token of a transaction that the request began. */
  readonly token: Uint8Array | undefined;
}

const READ_ONLY: TransactionOptions['mode'] = {
  $case: 'readOnly',
  readOnly: { consistencySelector: undefined },
};
const NEWEST: Consistency = { readTime: undefined, transaction: undefined, token: undefined };

/**
 * Checks the form of what a request says about its read time.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkSelector(selector: ConsistencySelector): void {
  switch (selector?.$case) {
    case 'readTime':
      checkReadTime(selector.readTime);
      return;
    case 'transaction':
      parseToken(selector.transaction);
      return;
    case 'newTransaction':
      checkOptions(selector.newTransaction);
  }
}

/** @throws StatusError INVALID_ARGUMENT */
function checkOptions({ mode }: TransactionOptions): void {
  if (mode?.$case === 'readOnly') {
    const { consistencySelector } = mode.readOnly;
    if (consistencySelector) checkReadTime(consistencySelector.readTime);
  } else if (mode && mode.readWrite.retryTransaction.length > 0) {
    parseToken(mode.readWrite.retryTransaction);
  }
}

function checkReadTime(readTime: number): void {
  checkMicroseconds(readTime);
  if (readTime <= 0) throw invalidArgument('Only timestamps past epoch are supported.');
}

/** A request's transaction, as `resolveConsistency` gives it; undefined when it names none. It is looked at before what it is to read. */
export async function joinTransaction(
  docstore: Docstore,
  database: string,
  selector: ConsistencySelector,
): Promise<Consistency | undefined> {
  return selector?.$case === 'transaction' ? resolveConsistency(docstore, database, selector) : undefined;
}

export async function resolveConsistency(
  docstore: Docstore,
  database: string,
  selector: ConsistencySelector,
): Promise<Consistency> {
  switch (selector?.$case) {
    case undefined:
      return NEWEST;
    case 'readTime':
      return { ...NEWEST, readTime: await openReadTime(docstore, selector.readTime) };
    case 'transaction': {
      const transaction = await docstore.transactions.forRead(database, selector.transaction);
      return { readTime: transaction.readTime, transaction, token: undefined };
    }
    case 'newTransaction': {
      // firestore.proto: the option of a read "defaults to a read-only transaction".
      const mode = selector.newTransaction.mode ?? READ_ONLY;
      const token = await beginTransaction(docstore, database, { mode });
      const transaction = await docstore.transactions.forRead(database, token);
      return { readTime: transaction.readTime, transaction, token };
    }
  }
}

export async function beginTransaction(
  docstore: Docstore,
  database: string,
  options: TransactionOptions | undefined,
): Promise<Uint8Array> {
  const selector =
    options?.mode?.$case === 'readOnly' ? options.mode.readOnly.consistencySelector : undefined;
  const readTime = selector && (await openReadTime(docstore, selector.readTime));
  return docstore.transactions.begin(database, options, readTime);
}

/**
 * Makes sure that nothing commits at or before a read time any more, and that what it needs of history is still there.
 * @throws INVALID_ARGUMENT for a time in the future, FAILED_PRECONDITION for one outside the retention window.
 */
async function openReadTime(docstore: Docstore, readTime: number): Promise<number> {
  checkReadTime(readTime);
  const now = docstore.now();
  // A clock may be a little ahead of ours.
  if (readTime > now + 1e6) throw invalidArgument("The requested 'read_time' cannot be in the future.");
  if (readTime < now - docstore.retention) {
    throw failedPrecondition("The requested 'read_time' is too old.");
  }
  if (readTime > (await currentReadTime(docstore.database))) {
    await docstore.database.query('SELECT telestack.advance($1)', [toTimestamp(readTime)]);
  }
  return readTime;
}
