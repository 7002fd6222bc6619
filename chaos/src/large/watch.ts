import type { Query } from '@google-cloud/firestore';

/** A listener of which only the newest result is kept. */
export class Watch {
  readonly query: Query;
  readonly #stop: () => void;
  #rounds: unknown[] = [];
  #snapshots = 0;
  #wake = () => {};
  error: Error | undefined;

  constructor(query: Query) {
    this.query = query;
    this.#stop = query.onSnapshot(
      (snapshot) => {
        this.#snapshots++;
        this.#rounds = snapshot.docs.map((document) => document.get('round'));
        this.#wake();
      },
      (error) => {
        this.error = error;
        this.#wake();
      },
    );
  }

  get snapshots(): number {
    return this.#snapshots;
  }

  /** Waits until the result is `count` documents of this round; false when that takes longer than `seconds`. */
  async shows(round: number | undefined, count: number, seconds: number): Promise<boolean> {
    const isThere = () => this.#rounds.length === count && this.#rounds.every((one) => one === round);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), seconds * 1000);
      this.#wake = () => {
        if (!isThere() && this.error === undefined) return;
        clearTimeout(timer);
        resolve(isThere());
      };
      this.#wake();
    });
  }

  /** Whether a commit was shown in part: some documents of one round, some of another. */
  get isTorn(): boolean {
    return new Set(this.#rounds).size > 1;
  }

  stop(): void {
    this.#stop();
  }
}
