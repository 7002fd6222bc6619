import type { ChangeBatch, Commit } from '@telestack/protos/telestack/changes/v1/changes.ts';

/** A whole batch, its parts put together. Times in microseconds. */
export interface WholeBatch {
  readonly time: number;
  readonly previousTime: number;
  readonly commits: readonly Commit[];
  /** Projects whose rules it has changed. */
  readonly releasedProjects: readonly string[];
  readonly bytes: number;
}

/**
 * Puts the parts of a split batch together. What does not fit in `limit` bytes, or lacks a part, is dropped: the next batch names a
 * predecessor that was not seen then, and that is a gap like any other.
 */
export class BatchAssembler {
  readonly #limit: number;
  #time = -1;
  #nextPart = 0;
  #commits: Commit[] = [];
  #bytes = 0;
  #releasedProjects: readonly string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The batch that this part completes. */
  add(part: ChangeBatch): WholeBatch | undefined {
    const time = Number(part.time);
    if (part.part === 0) this.#begin(time, part.releasedProjects);
    else if (time !== this.#time || part.part !== this.#nextPart) {
      // A repeated part is harmless, a missing one spoils the batch.
      if (time !== this.#time || part.part > this.#nextPart) this.clear();
      return undefined;
    }
    this.#nextPart = part.part + 1;
    for (const commit of part.commits) this.#append(commit);
    // A batch in one part is in memory already.
    if (this.#bytes > this.#limit && !(part.part === 0 && part.lastPart)) {
      this.clear();
      return undefined;
    }
    if (!part.lastPart) return undefined;
    const whole = {
      time,
      previousTime: Number(part.previousTime),
      commits: this.#commits,
      bytes: this.#bytes,
      releasedProjects: this.#releasedProjects,
    };
    this.clear();
    return whole;
  }

  clear(): void {
    this.#begin(-1);
  }

  #begin(time: number, releasedProjects: readonly string[] = []): void {
    this.#releasedProjects = releasedProjects;
    this.#time = time;
    this.#nextPart = 0;
    this.#commits = [];
    this.#bytes = 0;
  }

  /** A commit can go on in the next part. */
  #append(commit: Commit): void {
    for (const { path, state } of commit.changes) {
      this.#bytes += path.length + (state?.$case === 'data' ? state.data.length : 0) + 64;
    }
    const last = this.#commits.at(-1);
    if (last && last.database === commit.database && last.time === commit.time) {
      last.changes.push(...commit.changes);
    } else {
      this.#commits.push({ ...commit, changes: [...commit.changes] });
    }
  }
}
