import type { Firestore, ReadOnlyTransactionOptions, Transaction } from '@google-cloud/firestore';
import { codeOf, isRefusal } from '../clients.ts';
import type { Random } from '../random.ts';
import { Counts, type Verdict } from '../verdict.ts';
import { inTransaction, type Work, withoutTransaction } from './work.ts';

const READ_ONLY: ReadOnlyTransactionOptions = { readOnly: true };

/** What became of transactions, over all clients of a scenario. */
export interface Tally {
  /** Transactions that the client library reported as committed. */
  commits: number;
  /** Runs of a transaction's function beyond the first: the earlier one ended in ABORTED and was retried. */
  retries: number;
  /** Transactions whose last attempt failed, by gRPC code: given up by the client library. */
  givenUp: Counts;
  audits: number;
}

export function newTally(): Tally {
  return { commits: 0, retries: 0, givenUp: new Counts(), audits: 0 };
}

export type Outcome = 'committed' | 'refused' | 'unknown';

export interface Mode {
  /** Attempts of a transaction by the client library. */
  maxAttempts: number;
  /** The broken control: reads and writes outside of any transaction. */
  bypass: boolean;
}

/** One client inside one scenario. */
export class Actor {
  readonly firestore: Firestore;
  readonly random: Random;
  readonly tally: Tally;
  readonly #mode: Mode;

  constructor(firestore: Firestore, random: Random, tally: Tally, mode: Mode) {
    this.firestore = firestore;
    this.random = random;
    this.tally = tally;
    this.#mode = mode;
  }

  /** Runs a read-write transaction with the client library's retries; says what became of it. */
  async transaction(body: (work: Work) => Promise<void>): Promise<Outcome> {
    let attempts = 0;
    try {
      if (this.#mode.bypass) await withoutTransaction(this.firestore, body);
      else
        await this.firestore.runTransaction(
          (transaction) => {
            attempts++;
            return body(inTransaction(transaction));
          },
          { maxAttempts: this.#mode.maxAttempts },
        );
      this.tally.commits++;
      return 'committed';
    } catch (error) {
      this.tally.givenUp.add(codeOf(error));
      if (codeOf(error) === 'no code') throw error;
      return isRefusal(error, false) ? 'refused' : 'unknown';
    } finally {
      this.tally.retries += Math.max(0, attempts - 1);
    }
  }

  /** Reads in a read-only transaction: everything that it returns belongs to one moment. */
  async snapshot<T>(body: (work: Work) => Promise<T>): Promise<T> {
    const read = (transaction: Transaction) => body(inTransaction(transaction));
    const result = await this.firestore.runTransaction(read, READ_ONLY);
    this.tally.audits++;
    return result;
  }
}

/** A workload with an invariant. */
export interface Scenario {
  name: string;
  setup: (firestore: Firestore) => Promise<void>;
  /** One transaction by one client. */
  step: (actor: Actor) => Promise<void>;
  /** Looks at the invariant in one consistent read; also called once at the end. */
  audit: (actor: Actor, verdict: Verdict) => Promise<void>;
  /** What can be said only after the last step. */
  finish?: (actor: Actor, verdict: Verdict) => Promise<void>;
}
