import type { Firestore } from '@google-cloud/firestore';
import { documentData } from './documents.ts';

const DOCUMENTS = 2_000;
const random = (below: number) => Math.floor(Math.random() * below);

/** Counts of what the load did. */
export interface Tally {
  operations: number;
  events: number;
  errors: number;
  firstError?: string;
}

/** One operation of the mix: two writes in five, reads, queries, transactions, and listeners that come and go. */
async function step(firestore: Firestore, tally: Tally): Promise<void> {
  const collection = firestore.collection('mixed');
  const document = collection.doc(`d${random(DOCUMENTS)}`);
  const dice = Math.random();
  if (dice < 0.35) await document.set({ ...documentData(random(1e6)), group: random(100) });
  else if (dice < 0.4) await document.delete();
  else if (dice < 0.65) await document.get();
  else if (dice < 0.8) await collection.where('group', '==', random(100)).limit(20).get();
  else if (dice < 0.9) {
    const batch = firestore.batch();
    for (let n = 0; n < 20; n++)
      batch.set(collection.doc(`d${random(DOCUMENTS)}`), { n, group: random(100) }, { merge: true });
    await batch.commit();
  } else if (dice < 0.99) {
    await firestore.runTransaction(async (transaction) => {
      const read = await transaction.get(document);
      transaction.set(document, { visits: ((read.get('visits') as number | undefined) ?? 0) + 1, group: 1 });
    });
  } else {
    await new Promise<void>((resolve, reject) => {
      const stop = collection.where('group', '==', random(100)).onSnapshot((snapshot) => {
        tally.events += snapshot.docChanges().length;
        // A listener lives for a second: opening and closing them is what leaks.
        setTimeout(() => {
          stop();
          resolve();
        }, 1000).unref();
      }, reject);
      setTimeout(() => {
        stop();
        resolve();
      }, 10_000).unref();
    });
  }
  tally.operations++;
}

/** Runs the mix with `concurrency` workers until the signal aborts. */
export async function mixedLoad(
  firestore: Firestore,
  concurrency: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const work = async () => {
    while (!signal.aborted) {
      try {
        await step(firestore, tally);
      } catch (error) {
        tally.errors++;
        tally.firstError ??= String(error).slice(0, 200);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
