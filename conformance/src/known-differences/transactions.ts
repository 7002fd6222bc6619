import type { KnownDifference } from './entry.ts';

/** Transactions. */
export const transactionDifferences: readonly KnownDifference[] = [
  {
    key: 'transaction-expired',
    reason:
      'Production says "The referenced transaction has expired or is no longer valid."; the SDKs retry on its words ' +
      '(nodejs-firestore, isRetryableTransactionError). The emulator says "Transaction is invalid or closed."',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message === 'Transaction is invalid or closed.' &&
      target.message === 'The referenced transaction has expired or is no longer valid.',
  },
  {
    key: 'transaction-id-form',
    reason:
      'The ids of transactions are opaque: what looks like an id of the emulator is malformed elsewhere.',
    matches: ({ step, where, oracle, target }) =>
      where === 'message' &&
      /^Transaction is invalid or (closed|expired)\.$/.test(oracle.message) &&
      target.message === 'Invalid transaction.' &&
      /"(transaction|retryTransaction)":"E/.test(JSON.stringify(step.request)),
  },
  {
    key: 'transaction-of-another-database',
    reason:
      'firestore.proto: a transaction belongs to the database of its BeginTransaction. The emulator takes its id in any of them.',
    matches: ({ earlier, oracle, target }) =>
      target.message === 'The referenced transaction has expired or is no longer valid.' &&
      (oracle.code === 'OK' ||
        oracle.code === 'NOT_FOUND' ||
        /^Transaction is invalid or (closed|expired)\.$/.test(oracle.message)) &&
      earlier.some(
        ({ rpc, request }) =>
          rpc === 'BeginTransaction' && /\/databases\/other$/.test(String(request.database)),
      ),
  },
  {
    key: 'retry-unknown-transaction',
    reason: 'The emulator crashes when a transaction that it does not know is to be retried.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'BeginTransaction' && oracle.code === 'UNKNOWN' && target.code === 'INVALID_ARGUMENT',
  },
  {
    key: 'commit-sent-again',
    reason:
      'Clients send a commit again when they did not get its answer (UNAVAILABLE): a transaction that was committed with the same writes gets the ' +
      'same answer, or its writes would be applied twice. The emulator has forgotten it.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'Commit' &&
      oracle.message === 'Transaction is invalid or closed.' &&
      target.code === 'OK' &&
      ((step.request.writes ?? []) as unknown[]).length === 0,
  },
];
