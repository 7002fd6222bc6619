import { deleteApp, initializeApp } from 'firebase/app';
import {
  connectFirestoreEmulator,
  type Firestore,
  getFirestore,
  onSnapshot,
  type Query,
  type QuerySnapshot,
  setLogLevel,
  terminate,
} from 'firebase/firestore';
import { onTestFinished } from 'vitest';
import { freshProject, hostAndPort } from './target.ts';

// What the client writes about broken connections is what some tests are about.
setLogLevel('silent');

let apps = 0;

/** A client of the `firebase` package, with its documented way to name an endpoint; ended with the test. */
export function web(options: { projectId?: string; address?: string } = {}): Firestore {
  const projectId = options.projectId ?? freshProject();
  const app = initializeApp({ projectId, apiKey: 'not-used', appId: `app-${apps}` }, `app-${apps++}`);
  const firestore = getFirestore(app);
  const { host, port } = hostAndPort(options.address);
  connectFirestoreEmulator(firestore, host, port);
  onTestFinished(async () => {
    await terminate(firestore);
    await deleteApp(app);
  });
  return firestore;
}

/** What a listener with metadata showed: `ids`, then `pending` or `server`, then `cache` if it came from there. */
export function describeSnapshot(snapshot: QuerySnapshot): string {
  const ids = snapshot.docs.map((document) => document.id).join(',');
  const { hasPendingWrites, fromCache } = snapshot.metadata;
  return `${ids}${hasPendingWrites ? ' pending' : ''}${fromCache ? ' cache' : ''}`;
}

/** Collects what a listener shows; `until` waits for one that fits. */
export class WebSnapshots {
  readonly all: QuerySnapshot[] = [];
  #wake = () => {};

  constructor(query: Query) {
    const stop = onSnapshot(query, { includeMetadataChanges: true }, (snapshot) => {
      this.all.push(snapshot);
      this.#wake();
    });
    onTestFinished(stop);
  }

  async until(fits: (snapshot: QuerySnapshot) => boolean, seconds = 20): Promise<QuerySnapshot> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const last = this.all.at(-1);
      if (last && fits(last)) return last;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`not seen; last: ${last ? describeSnapshot(last) : 'nothing'}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
