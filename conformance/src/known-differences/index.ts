import type { KnownDifference } from './entry.ts';
import { requestFaults } from './faults.ts';
import { listenDifferences } from './listen.ts';
import { queryDifferences } from './queries.ts';
import { readDifferences } from './reads.ts';
import { transactionDifferences } from './transactions.ts';
import { writeDifferences } from './writes.ts';

/**
 * The reviewed list of accepted differences. An entry needs a reason that names what production documents; an entry
 * without one is a bug that somebody has hidden. The first that matches counts.
 */
export const knownDifferences: readonly KnownDifference[] = [
  ...requestFaults,
  ...queryDifferences,
  ...readDifferences,
  ...writeDifferences,
  ...transactionDifferences,
  ...listenDifferences,
];
