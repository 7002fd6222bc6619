import type { Fields } from '@telestack/values';

export interface ModelDocument {
  readonly path: string;
  readonly fields: Fields;
  /** Microseconds. */
  readonly createTime: number;
  readonly updateTime: number;
}

export interface ModelWrite {
  readonly path: string;
  /** Undefined deletes. */
  readonly fields: Fields | undefined;
}

export interface ModelCommit {
  readonly time: number;
  readonly changes: readonly { readonly path: string; readonly document: ModelDocument | undefined }[];
}

/** A database in memory that remembers every state it ever had: the reference for what a listener must see. */
export class ModelStore {
  readonly database: string;
  readonly commits: ModelCommit[] = [];
  readonly #now: () => number;
  #current = new Map<string, ModelDocument>();
  #time: number;

  /** `now` in milliseconds. */
  constructor(database: string, now: () => number) {
    this.database = database;
    this.#now = now;
    this.#time = now() * 1_000;
  }

  /** The newest time at which something was committed, or nothing will be any more; microseconds. */
  get time(): number {
    return this.#time;
  }

  get(path: string): ModelDocument | undefined {
    return this.#current.get(path);
  }

  get paths(): string[] {
    return [...this.#current.keys()];
  }

  commit(writes: readonly ModelWrite[]): ModelCommit {
    const time = this.#nextTime();
    const changes = writes.flatMap(({ path, fields }) => {
      const before = this.#current.get(path);
      if (!before && !fields) return [];
      const document = fields && {
        path,
        fields,
        createTime: before?.createTime ?? time,
        updateTime: time,
      };
      return [{ path, document }];
    });
    for (const { path, document } of changes) {
      if (document) this.#current.set(path, document);
      else this.#current.delete(path);
    }
    const commit = { time, changes };
    this.commits.push(commit);
    return commit;
  }

  /** A commit without changes. */
  heartbeat(): number {
    return this.commit([]).time;
  }

  /** Nothing commits at or before `time` any more. */
  advance(time: number): void {
    if (time > this.#time) {
      this.#time = time;
      this.commits.push({ time, changes: [] });
    }
  }

  /** All documents at a time. */
  at(time: number): ModelDocument[] {
    if (time >= this.#time) return [...this.#current.values()];
    const documents = new Map<string, ModelDocument>();
    for (const commit of this.commits) {
      if (commit.time > time) break;
      for (const { path, document } of commit.changes) {
        if (document) documents.set(path, document);
        else documents.delete(path);
      }
    }
    return [...documents.values()];
  }

  #nextTime(): number {
    this.#time = Math.max(this.#now() * 1_000, this.#time + 1);
    return this.#time;
  }
}
