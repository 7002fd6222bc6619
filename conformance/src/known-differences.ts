import type { Difference } from './compare.ts';

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
];

export function knownDifference(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find((entry) => entry.matches(difference));
}
