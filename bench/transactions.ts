import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import { benchmark } from './src/harness.ts';
import { type Budget, closedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';
import type { Sample } from './src/sample.ts';

const ACCOUNTS = 10_000;
const MAX_ATTEMPTS = 50;

interface State {
  firestore: Firestore;
  accounts: DocumentReference[];
}

/** Runs transfers between the accounts that `pick` returns; equal ones mean a counter. */
async function transfers(
  { firestore }: State,
  budget: Budget,
  concurrency: number,
  pick: () => [DocumentReference, DocumentReference],
): Promise<Sample> {
  let attempts = 0;
  let commits = 0;
  const sample = await closedLoop({
    ...budget,
    concurrency,
    operation: async () => {
      const [from, to] = pick();
      await firestore.runTransaction(
        async (transaction) => {
          attempts++;
          const read = from === to ? [from] : [from, to];
          const values = await transaction.getAll(...read);
          for (const value of values)
            transaction.update(value.ref, { value: (value.get('value') as number) + 1 });
        },
        { maxAttempts: MAX_ATTEMPTS },
      );
      commits++;
    },
  });
  return { ...sample, extra: { attempts: attempts / Math.max(1, commits) } };
}

await benchmark<State>({
  name: 'transactions',
  help: 'read-modify-write transactions by the client library, with its own retries',
  flags: { concurrency: { default: '1,16', help: 'transactions in flight' } },
  columns: { attempts: 'attempts' },
  prepare: async ({ firestore }) => {
    const accounts = Array.from({ length: ACCOUNTS }, (_, n) => firestore.doc(`accounts/a${n}`));
    for (let start = 0; start < ACCOUNTS; start += 500) {
      const batch = firestore.batch();
      for (const account of accounts.slice(start, start + 500)) batch.set(account, { value: 0 });
      await batch.commit();
    }
    return { firestore, accounts };
  },
  cases: (options) =>
    numberList(options.flags.concurrency ?? '').flatMap((concurrency) => [
      {
        name: `one hot document, ${concurrency} in flight`,
        run: (state, budget) => {
          const hot = state.accounts[0]!;
          return transfers(state, budget, concurrency, () => [hot, hot]);
        },
      },
      {
        name: `two of ${ACCOUNTS}, ${concurrency} in flight`,
        run: (state, budget) => {
          const any = () => state.accounts[Math.floor(Math.random() * ACCOUNTS)]!;
          return transfers(state, budget, concurrency, () => [any(), any()]);
        },
      },
    ]),
});
