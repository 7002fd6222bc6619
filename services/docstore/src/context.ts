import type { AccessControl } from './access/access-control.ts';
import type { Committer } from './commit/committer.ts';
import type { Queryable } from './database.ts';
import type { IndexAdvisor } from './indexes/advisor.ts';
import type { Lookup } from './read/lookup.ts';
import type { Transactions } from './transactions/transactions.ts';

/** What the methods of the service work with. */
export interface Docstore {
  readonly database: Queryable;
  readonly committer: Committer;
  readonly lookup: Lookup;
  readonly access: AccessControl;
  readonly transactions: Transactions;
  readonly indexes: IndexAdvisor;
  /** How far back reads at a time reach, in microseconds. */
  readonly retention: number;
  /** Microseconds since the epoch. */
  now(): number;
}
