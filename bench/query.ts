import { setTimeout as delay } from 'node:timers/promises';
import type { Query } from '@google-cloud/firestore';
import { type DataSet, GROUP, KINDS, loadDataSet } from './src/dataset.ts';
import { benchmark } from './src/harness.ts';
import { closedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';

const LIMIT = 20;
const random = (below: number) => Math.floor(Math.random() * below);

/** Each query returns at most 20 documents, however large the collection is. */
const QUERIES: Record<string, (set: DataSet) => Query> = {
  equality: ({ firestore, collectionId, size }) =>
    firestore.collection(collectionId).where('group', '==', random(size / GROUP)),
  'range, order, limit': ({ firestore, collectionId, size }) =>
    firestore
      .collection(collectionId)
      .where('n', '>=', random(size - LIMIT))
      .orderBy('n')
      .limit(LIMIT),
  'collection group': ({ firestore, collectionId, size }) =>
    firestore.collectionGroup(collectionId).where('group', '==', random(size / GROUP)),
  'equality, order, limit': ({ firestore, collectionId }) =>
    firestore.collection(collectionId).where('kind', '==', random(KINDS)).orderBy('score').limit(LIMIT),
};

const FAST_MS = 50;
const POLL_MS = 1_000;

/** Asks until the answer comes fast, or the time is up: a target that keeps reading everything is measured as it is. */
async function untilIndexed(ask: () => Promise<unknown>, end: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const asked = performance.now();
    await ask();
    const now = performance.now();
    if (now - asked < FAST_MS || now + POLL_MS > end) return (now - start) / 1000;
    await delay(POLL_MS);
  }
}

await benchmark<Map<number, DataSet>>({
  name: 'query',
  help: 'queries with some 20 results over collections of several sizes',
  flags: {
    sizes: { default: '10000', help: 'documents in a collection, e.g. 10000,1000000' },
    concurrency: { default: '1,16', help: 'queries in flight' },
    indexing: { default: '300', help: 'seconds to wait for indexes that a target builds by itself' },
  },
  columns: { results: 'results' },
  keepsData: true,
  prepare: async (context) => {
    const sets = new Map<number, DataSet>();
    for (const size of numberList(context.options.flags.sizes ?? ''))
      sets.set(size, await loadDataSet(context, size));
    const end = performance.now() + Number(context.options.flags.indexing) * 1000;
    for (const set of sets.values()) {
      for (const [name, query] of Object.entries(QUERIES)) {
        const seconds = await untilIndexed(() => query(set).get(), end);
        context.log(`${name}; ${set.size} documents: settled after ${seconds.toFixed(1)} s`);
      }
    }
    return sets;
  },
  cases: (options) =>
    numberList(options.flags.sizes ?? '').flatMap((size) =>
      Object.entries(QUERIES).flatMap(([name, query]) =>
        numberList(options.flags.concurrency ?? '').map((concurrency) => ({
          name: `${name}; ${size.toLocaleString('en-US')} documents, ${concurrency} in flight`,
          run: async (sets, budget) => {
            const set = sets.get(size);
            if (!set) throw new Error(`no data set of ${size}`);
            let results = 0;
            let queries = 0;
            const sample = await closedLoop({
              ...budget,
              concurrency,
              operation: async () => {
                const { size: found } = await query(set).get();
                results += found;
                queries++;
              },
            });
            return { ...sample, extra: { results: results / Math.max(1, queries) } };
          },
        })),
      ),
    ),
});
