import type { Query, QuerySnapshot, Timestamp } from '@google-cloud/firestore';
import type { Verdict } from '../verdict.ts';
import { type Content, contentsOf, difference } from './contents.ts';

/** A snapshot that a listener was handed. */
export interface Observed {
  listener: string;
  query: Query;
  readTime: Timestamp;
  contents: Content[];
}

/** Applies the changes that a snapshot reports to the result before it, as an application would. */
function applyChanges(before: readonly Content[], snapshot: QuerySnapshot): Content[] {
  const result = [...before];
  for (const change of snapshot.docChanges()) {
    if (change.oldIndex >= 0) result.splice(change.oldIndex, 1);
    if (change.newIndex >= 0) result.splice(change.newIndex, 0, ...contentsOf([change.doc]));
  }
  return result;
}

/** One listener that looks at each snapshot's own consistency, and passes it on. */
export class Observer {
  readonly name: string;
  readonly query: Query;
  #last: { readTime: Timestamp; contents: Content[] } | undefined;
  #snapshots = 0;
  readonly #stop: () => void;
  readonly #ready: Promise<void>;

  constructor(name: string, query: Query, verdict: Verdict, observed: (one: Observed) => void) {
    this.name = name;
    this.query = query;
    let first = () => {};
    let failed = (_: Error) => {};
    this.#ready = new Promise((resolve, reject) => {
      first = resolve;
      failed = reject;
    });
    this.#ready.catch(() => {});
    this.#stop = query.onSnapshot(
      (snapshot) => {
        this.#look(snapshot, verdict);
        observed({ listener: name, query, readTime: snapshot.readTime, contents: this.#last!.contents });
        first();
      },
      (error) => {
        verdict.violation('a listener ended with an error', `${name}: ${error.message}`);
        failed(error);
      },
    );
  }

  #look(snapshot: QuerySnapshot, verdict: Verdict): void {
    const contents = contentsOf(snapshot.docs);
    const before = this.#last;
    this.#snapshots++;
    if (before) {
      const at = snapshot.readTime.toDate().toISOString();
      if (snapshot.readTime.valueOf() <= before.readTime.valueOf())
        verdict.violation(
          'read time did not advance',
          `${this.name}: ${before.readTime.toDate().toISOString()}, ${at}`,
        );
      if (!difference(before.contents, contents))
        verdict.violation('the same snapshot twice', `${this.name} at ${at}`);
    }
    const applied = difference(applyChanges(before?.contents ?? [], snapshot), contents);
    if (applied) verdict.violation('changes do not lead to the documents', `${this.name}: ${applied}`);
    this.#last = { readTime: snapshot.readTime, contents };
  }

  get snapshots(): number {
    return this.#snapshots;
  }

  /** The documents of the newest snapshot. */
  get contents(): readonly Content[] {
    return this.#last?.contents ?? [];
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  stop(): void {
    this.#stop();
  }
}
