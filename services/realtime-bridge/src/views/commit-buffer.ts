import type { DocumentChange } from '../feed/commit.ts';

interface Entry {
  readonly time: number;
  readonly changes: readonly DocumentChange[];
  /** The right to see the view may have been lost with it. */
  readonly isQuestioned: boolean;
}

/** Commits that wait for a view to be read. Beyond its limit it lets go of everything: the view has to be read at a later time then. */
export class CommitBuffer {
  readonly #limit: number;
  #entries: Entry[] = [];
  #bytes = 0;
  #droppedThrough = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Commits up to this time are lost to a result that is older; microseconds. */
  get droppedThrough(): number {
    return this.#droppedThrough;
  }

  push(time: number, changes: readonly DocumentChange[], isQuestioned: boolean): void {
    for (const { path, state } of changes) this.#bytes += state?.size ?? path.length + 100;
    if (this.#bytes > this.#limit) {
      this.clear();
      this.#droppedThrough = time;
    } else this.#entries.push({ time, changes, isQuestioned });
  }

  /** Empties the buffer; returns the commits after `time`, in order. */
  takeAfter(time: number): readonly Entry[] {
    const entries = this.#entries.filter((entry) => entry.time > time);
    this.clear();
    return entries;
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }
}
