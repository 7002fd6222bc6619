import type { Firestore } from '@google-cloud/firestore';
import { rawInsert } from './src/baseline.ts';
import { documentData, documentJson } from './src/documents.ts';
import { benchmark } from './src/harness.ts';
import { closedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';

let counter = 0;

await benchmark<Firestore>({
  name: 'batch',
  help: 'atomic commits of many new documents; the rate is in documents',
  flags: {
    size: { default: '500', help: 'documents in a commit' },
    concurrency: { default: '1,4', help: 'commits in flight' },
  },
  prepare: async ({ firestore }) => firestore,
  cases: (options) => {
    const rows = Number(options.flags.size);
    return numberList(options.flags.concurrency ?? '').map((concurrency) => ({
      name: `commit of ${rows}, ${concurrency} in flight`,
      run: (firestore, budget) =>
        closedLoop({
          ...budget,
          concurrency,
          units: rows,
          operation: () => {
            const batch = firestore.batch();
            const collection = firestore.collection('batch');
            for (let n = 0; n < rows; n++) batch.create(collection.doc(), documentData(counter++));
            return batch.commit();
          },
        }),
      baseline: (pool, budget) => rawInsert(pool, budget, { concurrency, rows, json: documentJson(1) }),
    }));
  },
});
