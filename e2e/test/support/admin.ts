import { Firestore, type Query, type QuerySnapshot, type Settings } from '@google-cloud/firestore';
import { onTestFinished } from 'vitest';
import { freshProject, target } from './target.ts';

/** A client of a fresh project, ended with the test. The endpoint is all that is set. */
export function admin(settings: Settings = {}): Firestore {
  const firestore = new Firestore({ projectId: freshProject(), host: target, ssl: false, ...settings });
  onTestFinished(() => firestore.terminate());
  return firestore;
}

/** The ids of a query's results, in their order. */
export async function ids(query: Query): Promise<string[]> {
  return (await query.get()).docs.map((document) => document.id);
}

/** Writes documents `{id: data}` to a collection in one batch. */
export async function fill(
  firestore: Firestore,
  collection: string,
  documents: Record<string, Record<string, unknown>>,
): Promise<void> {
  const batch = firestore.batch();
  for (const [id, data] of Object.entries(documents)) batch.set(firestore.doc(`${collection}/${id}`), data);
  await batch.commit();
}

/** Snapshots of a listener, to be taken one after the other. */
export class Snapshots {
  readonly #arrived: QuerySnapshot[] = [];
  #next: ((snapshot: QuerySnapshot) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #error: Error | undefined;

  constructor(query: Query) {
    const stop = query.onSnapshot(
      (snapshot) => {
        if (!this.#next) this.#arrived.push(snapshot);
        else {
          this.#next(snapshot);
          this.#next = undefined;
        }
      },
      (error) => {
        this.#error = error;
        this.#failed?.(error);
      },
    );
    onTestFinished(stop);
  }

  /** The next snapshot that has not been taken yet; fails after `seconds`. */
  async take(seconds = 15): Promise<QuerySnapshot> {
    const arrived = this.#arrived.shift();
    if (arrived) return arrived;
    if (this.#error) throw this.#error;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<QuerySnapshot>((resolve, reject) => {
        this.#next = resolve;
        this.#failed = reject;
        timer = setTimeout(() => reject(new Error(`no snapshot in ${seconds} s`)), seconds * 1000);
      });
    } finally {
      clearTimeout(timer);
      this.#next = undefined;
    }
  }

  /** Takes snapshots until one shows exactly these ids, in this order. */
  async until(wanted: readonly string[], seconds = 15): Promise<QuerySnapshot> {
    for (;;) {
      const snapshot = await this.take(seconds);
      if (snapshot.docs.map((document) => document.id).join() === wanted.join()) return snapshot;
    }
  }
}
