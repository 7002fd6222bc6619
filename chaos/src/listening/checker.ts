import type { Firestore } from '@google-cloud/firestore';
import type { Verdict } from '../verdict.ts';
import { contentsOf, difference } from './contents.ts';
import type { Observed } from './observer.ts';

const MAX_BACKLOG = 20_000;

/** Compares snapshots with the query at their read time, a few at a time, while the load goes on. */
export class SnapshotChecker {
  readonly #backlog: Observed[] = [];
  readonly #verdict: Verdict;
  #checked = 0;
  #skipped = 0;
  #closed = false;
  readonly #work: Promise<void>;

  constructor(firestores: readonly Firestore[], width: number, verdict: Verdict) {
    this.#verdict = verdict;
    const workers = Array.from({ length: width }, (_, n) => this.#run(firestores[n % firestores.length]!));
    this.#work = Promise.all(workers).then(() => {});
  }

  /** Queues a snapshot; beyond the bound of the queue a random earlier one gives way (and is counted as not checked). */
  add(observed: Observed): void {
    if (this.#backlog.length < MAX_BACKLOG) {
      this.#backlog.push(observed);
      return;
    }
    this.#skipped++;
    this.#backlog[Math.floor(Math.random() * MAX_BACKLOG)] = observed;
  }

  get checked(): number {
    return this.#checked;
  }

  /** Snapshots that were not compared. */
  get skipped(): number {
    return this.#skipped + this.#backlog.length;
  }

  /** Works the queue off for at most `seconds`; the rest counts as skipped. */
  async drain(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    while (this.#backlog.length > 0 && performance.now() < end) await pause();
    this.#closed = true;
    await this.#work;
  }

  async #run(firestore: Firestore): Promise<void> {
    while (!this.#closed) {
      // From a random place: if not all can be checked, the sample is spread over the run and the listeners.
      const at = Math.floor(Math.random() * this.#backlog.length);
      const observed = this.#backlog[at];
      if (!observed) {
        await pause();
        continue;
      }
      this.#backlog[at] = this.#backlog.at(-1)!;
      this.#backlog.pop();
      await this.#compare(firestore, observed);
    }
  }

  async #compare(firestore: Firestore, { listener, query, readTime, contents }: Observed): Promise<void> {
    try {
      const result = await firestore.runTransaction((transaction) => transaction.get(query), {
        readOnly: true,
        readTime,
      });
      this.#checked++;
      const different = difference(contents, contentsOf(result.docs));
      const at = readTime.toDate().toISOString();
      if (different)
        this.#verdict.violation(
          'a snapshot is not the query at its time',
          `${listener} at ${at}: ${different}`,
        );
    } catch (error) {
      this.#verdict.violation('a query at a past time failed', `${listener}: ${error}`);
    }
  }
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
