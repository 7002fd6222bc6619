import type { Difference } from './compare.ts';
import type { Message } from './wire.ts';

/**
 * The reviewed list of accepted differences. An entry needs a reason that names what production documents; an entry
 * without one is a bug that somebody has hidden. Keep predicates narrow: they must not match anything else.
 */
export interface KnownDifference {
  key: string;
  reason: string;
  matches(difference: Difference): boolean;
}

const OWN_FAULTS = new Set(['UNKNOWN', 'INTERNAL']);

function isOther(database: unknown, names: readonly unknown[]): boolean {
  return names.some((name) => typeof name === 'string' && !name.startsWith(`${String(database)}/`));
}

/** The names of documents that a request asks for or writes. */
function documentNames({ documents, writes }: Message): unknown[] {
  const written = ((writes ?? []) as Message[]).map(
    (write) =>
      (write.update as Message | undefined)?.name ??
      (write.transform as Message | undefined)?.document ??
      write.delete ??
      write.verify,
  );
  return [...((documents ?? []) as unknown[]), ...written];
}

export const knownDifferences: KnownDifference[] = [
  {
    key: 'emulator-crash',
    reason:
      'The emulator answers UNKNOWN when it throws (invalid UTF-8, six aggregations, a page token with order_by). The ' +
      'target may say anything but UNKNOWN or INTERNAL.',
    matches: ({ oracle, target }) => oracle.code === 'UNKNOWN' && !OWN_FAULTS.has(target.code),
  },
  {
    key: 'partition-query',
    reason: 'The emulator has no PartitionQuery; production documents it.',
    matches: ({ step, oracle }) => step.rpc === 'PartitionQuery' && oracle.code === 'UNIMPLEMENTED',
  },
  {
    key: 'no-document-to-update',
    reason: 'Production says "No document to update: <name>"; the emulator shows a Datastore key.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('no entity to update: app:') &&
      target.message.startsWith('No document to update: projects/'),
  },
  {
    key: 'document-already-exists',
    reason: 'Production says "Document already exists: <name>"; the emulator shows a Datastore key.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('entity already exists: EntityRef') &&
      target.message.startsWith('Document already exists: projects/'),
  },
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
    key: 'empty-commit-time',
    reason:
      'firestore.proto: a CommitResponse has the time at which the commit occurred. The emulator leaves it out when there are no writes.',
    matches: ({ step, where, oracle, target }) =>
      step.rpc === 'Commit' &&
      where === 'responses[0].commitTime' &&
      JSON.stringify(oracle.responses) === '[{}]' &&
      /^\[\{"commitTime":"<time \d+>"\}\]$/.test(JSON.stringify(target.responses)),
  },
  {
    key: 'count-up-to-zero',
    reason: 'query.proto: up_to "must be greater than zero when present". The emulator takes 0.',
    matches: ({ step, where, target }) =>
      (where === 'code' || where === 'message') &&
      target.code === 'INVALID_ARGUMENT' &&
      target.message.startsWith('The `up_to` value in a COUNT aggregation must be greater than') &&
      /"upTo":\{("value":0)?\}/.test(JSON.stringify(step.request)),
  },
  {
    key: 'show-missing-mask',
    reason:
      'firestore.proto: mask holds "the fields to return". The emulator ignores it when show_missing is set.',
    matches: ({ step, where }) =>
      step.rpc === 'ListDocuments' &&
      step.request.showMissing === true &&
      step.request.mask !== undefined &&
      /^responses\[0\]\.documents\[\d+\]\.fields/.test(where),
  },
  {
    key: 'other-database',
    reason:
      'firestore.proto: a BatchGet "will fail if any of the document is not a child resource of the given database"; the ' +
      'same goes for writes. The emulator takes the database from each name.',
    matches: ({ step, target }) =>
      target.code === 'INVALID_ARGUMENT' && isOther(step.request.database, documentNames(step.request)),
  },
];

export function knownDifference(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find((entry) => entry.matches(difference));
}
