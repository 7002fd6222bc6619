import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import { documentData } from './documents.ts';
import type { Context } from './program.ts';

/** Documents that share a `group`: what an equality query returns, whatever the size of the collection. */
export const GROUP = 20;
/** Different values of `kind`: a composite query has a tenth of the collection to order. */
export const KINDS = 10;
/** One document in ten has a sibling below `shards/...`: only a collection group query sees those. */
const SHARD_EVERY = 10;

const BATCH = 500;
const IN_FLIGHT = 6;

export interface DataSet {
  firestore: Firestore;
  collectionId: string;
  size: number;
}

/** A number in 0..1 that is fixed by `n` and unrelated to its neighbours'. */
function scatter(n: number): number {
  let x = (n + 1) * 0x9e3779b1;
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

function item(n: number): Record<string, unknown> {
  return { ...documentData(n), n, group: Math.floor(n / GROUP), kind: n % KINDS, score: scatter(n) };
}

function* documents(set: DataSet): Generator<[DocumentReference, Record<string, unknown>]> {
  const { firestore, collectionId, size } = set;
  for (let n = 0; n < size; n++) {
    const id = String(n).padStart(8, '0');
    yield [firestore.collection(collectionId).doc(id), item(n)];
    if (n % SHARD_EVERY === 0)
      yield [
        firestore
          .doc(`shards/s${n % 100}`)
          .collection(collectionId)
          .doc(id),
        item(n),
      ];
  }
}

/** Loads `size` documents in batches, unless a complete set of that size is there from an earlier run. */
export async function loadDataSet(context: Context, size: number): Promise<DataSet> {
  const { firestore, log } = context;
  const set = { firestore, collectionId: `items${size}`, size };
  const marker = firestore.doc(`meta/${set.collectionId}`);
  if ((await marker.get()).exists) {
    log(`${size} documents are there from an earlier run`);
    return set;
  }
  const source = documents(set);
  const start = performance.now();
  let loaded = 0;
  let told = 0;
  const work = async () => {
    for (;;) {
      const batch = firestore.batch();
      let count = 0;
      while (count < BATCH) {
        const next = source.next();
        if (next.done) break;
        batch.set(next.value[0], next.value[1]);
        count++;
      }
      if (count === 0) return;
      await batch.commit();
      loaded += count;
      if (loaded - told >= 50_000) {
        told = loaded;
        log(`loaded ${loaded}, ${Math.round(loaded / ((performance.now() - start) / 1000))} documents/s`);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  await marker.set({ size });
  log(`loaded ${loaded} documents in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return set;
}
