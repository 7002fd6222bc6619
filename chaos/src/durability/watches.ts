import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore, Query } from '@google-cloud/firestore';
import { type Content, contentsOf, difference } from '../listening/contents.ts';
import type { Verdict } from '../verdict.ts';
import { COLLECTION } from './writers.ts';

/** The queries that are listened to throughout: small windows and wide ones. */
function queries(firestore: Firestore): Record<string, Query> {
  const all = firestore.collection(COLLECTION);
  return {
    everything: all,
    'one writer': all.where('writer', '==', 0),
    'order and limit': all.orderBy('version', 'desc').limit(10),
    limitToLast: all.orderBy('version').limitToLast(5),
    'collection group': firestore.collectionGroup(COLLECTION).where('shade', 'in', [1, 2]),
    'equality, order, limit': all.where('writer', '==', 1).orderBy('version', 'desc').limit(3),
  };
}

/** Listeners that live through all faults with nothing but the client library's own reconnects. */
export class Watches {
  readonly #watches: {
    name: string;
    query: Query;
    contents: Content[];
    snapshots: number;
    stop: () => void;
  }[] = [];

  constructor(firestore: Firestore, verdict: Verdict) {
    for (const [name, query] of Object.entries(queries(firestore))) {
      const watch = { name, query, contents: [] as Content[], snapshots: 0, stop: () => {} };
      watch.stop = query.onSnapshot(
        (snapshot) => {
          watch.contents = contentsOf(snapshot.docs);
          watch.snapshots++;
        },
        (error) => verdict.violation('a listener ended with an error', `${name}: ${error.message}`),
      );
      this.#watches.push(watch);
    }
  }

  get count(): number {
    return this.#watches.length;
  }

  describe(): string {
    return this.#watches.map((watch) => `${watch.name}=${watch.snapshots}`).join(', ');
  }

  /** Waits until each listener shows what a fresh query returns; to be called when nothing writes any more. */
  async converge(seconds: number, verdict: Verdict): Promise<void> {
    const end = performance.now() + seconds * 1000;
    for (const watch of this.#watches) {
      for (;;) {
        const result = await watch.query.get().catch(() => undefined);
        const different = result ? difference(watch.contents, contentsOf(result.docs)) : 'the query fails';
        if (!different) break;
        if (performance.now() > end) {
          verdict.violation('a listener did not reach the final state', `${watch.name}: ${different}`);
          break;
        }
        await delay(200);
      }
    }
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop();
  }
}
