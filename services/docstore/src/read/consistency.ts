import { failedPrecondition, invalidArgument } from '@telestack/errors';
import type {
  TransactionOptions,
  TransactionOptions_ReadOnly,
} from '@telestack/protos/google/firestore/v1/common.ts';
import { toTimestamp } from '../commit/execute.ts';
import { checkMicroseconds } from '../commit/precondition.ts';
import type { Docstore } from '../context.ts';
import { newToken, parseToken, type Token } from '../transactions/token.ts';
import type { Transaction } from '../transactions/transactions.ts';
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

/** As a request puts it: a read-write transaction may get its read time from this very read. */
export interface OpenConsistency extends Consistency {
  readonly readWrite: { readonly token: Token; readonly begins: boolean } | undefined;
}

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

/** The consistency of a request, with the read time of its transaction fixed if it has one. */
export async function resolveConsistency(
  docstore: Docstore,
  database: string,
  selector: ConsistencySelector,
): Promise<Consistency> {
  return fixReadTime(docstore, database, await openConsistency(docstore, database, selector));
}

/** Fixes the read time of a read-write transaction. */
export async function fixReadTime(
  docstore: Docstore,
  database: string,
  { readWrite, ...consistency }: OpenConsistency,
): Promise<Consistency> {
  if (readWrite === undefined) return consistency;
  const { transactions } = docstore;
  const transaction = readWrite.begins
    ? await transactions.beginAt(database, readWrite.token)
    : await transactions.forRead(database, readWrite.token.bytes);
  return { ...consistency, transaction, readTime: transaction.readTime };
}

/** The consistency of a request that sets the read time of a read-write transaction by itself. */
export async function openConsistency(
  docstore: Docstore,
  database: string,
  selector: ConsistencySelector,
): Promise<OpenConsistency> {
  const newest = { ...NEWEST, readWrite: undefined };
  switch (selector?.$case) {
    case undefined:
      return newest;
    case 'readTime':
      return { ...newest, readTime: await openReadTime(docstore, selector.readTime) };
    case 'transaction': {
      const token = parseToken(selector.transaction);
      if (!token.readOnly) return { ...newest, readWrite: { token, begins: false } };
      const transaction = await docstore.transactions.forRead(database, token.bytes);
      return { ...newest, readTime: transaction.readTime, transaction };
    }
    case 'newTransaction': {
      const options = selector.newTransaction;
      if (options.mode?.$case === 'readWrite') {
        const token = readWriteToken(options);
        return { ...newest, token: token.bytes, readWrite: { token, begins: true } };
      }
      // Here the default is a read-only transaction, for BeginTransaction it is a read-write one: firestore.proto.
      const { id, bytes, readTime } = await beginReadOnly(docstore, database, options.mode?.readOnly);
      const transaction = { id, readOnly: true, readTime: readTime! };
      return { ...newest, readTime, transaction, token: bytes };
    }
  }
}

export async function beginTransaction(
  docstore: Docstore,
  database: string,
  options: TransactionOptions = { mode: undefined },
): Promise<Uint8Array> {
  const token =
    options.mode?.$case === 'readOnly'
      ? await beginReadOnly(docstore, database, options.mode.readOnly)
      : await docstore.transactions.begin(database, readWriteToken(options));
  return token.bytes;
}

async function beginReadOnly(
  docstore: Docstore,
  database: string,
  options?: TransactionOptions_ReadOnly,
): Promise<Token> {
  const selector = options?.consistencySelector;
  const readTime = selector && (await openReadTime(docstore, selector.readTime));
  return docstore.transactions.beginReadOnly(database, readTime);
}

/** What is tried again may be over and gone; only a read-only transaction cannot. @throws StatusError INVALID_ARGUMENT */
function readWriteToken({ mode }: TransactionOptions): Token {
  const retried = mode?.$case === 'readWrite' ? mode.readWrite.retryTransaction : new Uint8Array();
  if (retried.length > 0 && parseToken(retried).readOnly)
    throw invalidArgument('Cannot retry a read-only transaction.');
  return newToken();
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
