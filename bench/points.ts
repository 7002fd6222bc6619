import type { CollectionReference } from '@google-cloud/firestore';
import { rawGet, rawInsert } from './src/baseline.ts';
import { documentData, documentJson } from './src/documents.ts';
import { benchmark } from './src/harness.ts';
import { closedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';

const KNOWN = 5_000;

interface State {
  collection: CollectionReference;
  known: CollectionReference;
}

const randomKnown = () => String(Math.floor(Math.random() * KNOWN));
let counter = 0;

await benchmark<State>({
  name: 'points',
  help: 'single documents: set of a new one, set of an existing one, get',
  flags: { concurrency: { default: '1,16,64', help: 'operations in flight' } },
  prepare: async ({ firestore }) => {
    const known = firestore.collection('known');
    for (let start = 0; start < KNOWN; start += 500) {
      const batch = firestore.batch();
      for (let n = start; n < start + 500; n++) batch.set(known.doc(String(n)), documentData(n));
      await batch.commit();
    }
    return { collection: firestore.collection('points'), known };
  },
  cases: (options) =>
    numberList(options.flags.concurrency ?? '').flatMap((concurrency) => [
      {
        name: `set new, ${concurrency} in flight`,
        run: ({ collection }, budget) =>
          closedLoop({
            ...budget,
            concurrency,
            operation: () => collection.doc().set(documentData(counter++)),
          }),
        baseline: (pool, budget) => rawInsert(pool, budget, { concurrency, rows: 1, json: documentJson(1) }),
      },
      {
        name: `set existing, ${concurrency} in flight`,
        run: ({ known }, budget) =>
          closedLoop({
            ...budget,
            concurrency,
            operation: () => known.doc(randomKnown()).set(documentData(counter++)),
          }),
      },
      {
        name: `get, ${concurrency} in flight`,
        run: ({ known }, budget) =>
          closedLoop({ ...budget, concurrency, operation: () => known.doc(randomKnown()).get() }),
        baseline: (pool, budget) => rawGet(pool, budget, concurrency),
      },
    ]),
});
