import { ChangeBatch, type Commit } from '@telestack/protos/telestack/changes/v1/changes.ts';
import { BatchAssembler, type WholeBatch } from './batch-assembler.ts';
import type { CommitEvent, DocumentChange } from './commit.ts';
import { DocumentState } from './document-state.ts';

/** Who is told of the change stream. Times in microseconds. */
export interface FeedListener {
  /** Whether a change of this document can matter to anyone now: what does not is not read from the docstore. */
  isWatched(database: string, path: string): boolean;
  /** A commit, in order. */
  onCommit(commit: CommitEvent): void;
  /** Other rules are in force for a project from `time` on. */
  onRelease(project: string, time: number): void;
  /** Everything up to `time` has been handed over. */
  onTime(time: number): void;
  /** Commits after `from` and up to `start` were missed. `from` is 0 at the first batch. */
  onGap(from: number, start: number): void;
  /** Something was wrong with the stream; for the log. */
  onProblem(problem: string, error?: unknown): void;
}

/** Reads documents that were too large for the stream, as they were at `time`. Missing ones are absent. */
export type ReferenceReader = (
  database: string,
  paths: readonly string[],
  time: number,
) => Promise<ReadonlyMap<string, DocumentState>>;

/**
 * The change stream as commits in order. Every batch names its predecessor: one that does not follow what was seen is a gap, and whatever
 * spoils a batch is left to that rule.
 */
export class ChangeFeed {
  readonly #listener: FeedListener;
  readonly #readReferences: ReferenceReader;
  readonly #assembler: BatchAssembler;
  #time: number | undefined;

  constructor(listener: FeedListener, readReferences: ReferenceReader, bufferSize: number) {
    this.#listener = listener;
    this.#readReferences = readReferences;
    this.#assembler = new BatchAssembler(bufferSize);
  }

  /** Everything up to here has been handed over; 0 before the first batch. */
  get time(): number {
    return this.#time ?? 0;
  }

  /** A message of the stream. Resolves when the next may come. Never rejects. */
  async onMessage(bytes: Uint8Array): Promise<void> {
    let part: ChangeBatch;
    try {
      part = ChangeBatch.decode(bytes);
    } catch (error) {
      this.#listener.onProblem('undecodable batch', error);
      this.#assembler.clear();
      return;
    }
    const batch = this.#assembler.add(part);
    if (batch === undefined || batch.time <= this.time) return;
    if (this.#time === undefined || batch.previousTime > this.#time) {
      const from = this.time;
      this.#time = batch.previousTime;
      this.#listener.onGap(from, batch.previousTime);
    }
    await this.#handOver(batch);
  }

  /** The stream could not be continued exactly: what was missed shows in the next batch's predecessor. */
  onReset(): void {
    this.#assembler.clear();
  }

  async #handOver(batch: WholeBatch): Promise<void> {
    for (const commit of batch.commits) {
      const time = Number(commit.time);
      // A batch that was cut short by a gap is delivered again as a whole.
      if (time <= this.time) continue;
      try {
        await this.#resolveReferences(commit, time, (references) => {
          this.#listener.onCommit(toEvent(commit, time, references));
          this.#advance(time);
        });
      } catch (error) {
        this.#listener.onProblem('a commit could not be handed over', error);
        // The next batch's predecessor is unknown now, which makes a gap of this commit.
        return;
      }
    }
    for (const project of batch.releasedProjects) this.#listener.onRelease(project, batch.time);
    this.#advance(batch.time);
  }

  #advance(time: number): void {
    if (time === this.#time) return;
    this.#time = time;
    this.#listener.onTime(time);
  }

  /**
   * Reads what the stream only refers to, where someone watches it. Ends in the same turn in which it last looked who watches: nobody can begin
   * to watch between that and the commit.
   */
  async #resolveReferences(commit: Commit, time: number, onResolved: Resolved): Promise<void> {
    const { database } = commit;
    const references = commit.changes.filter(({ state }) => state?.$case === 'reference');
    const read = new Map<string, DocumentState | undefined>();
    for (;;) {
      const missing = references
        .map(({ path }) => path)
        .filter((path) => !read.has(path) && this.#listener.isWatched(database, path));
      if (missing.length === 0) return onResolved(read);
      const found = await this.#readReferences(database, missing, time);
      for (const path of missing) read.set(path, found.get(path));
    }
  }
}

type Resolved = (documents: ReadonlyMap<string, DocumentState | undefined>) => void;

function toEvent(
  { database, changes, traceparent }: Commit,
  time: number,
  references: ReadonlyMap<string, DocumentState | undefined>,
): CommitEvent {
  // A commit can write a document more than once; what it leaves behind counts.
  const result = new Map<string, DocumentChange>();
  for (const { path, state, createTime } of changes) {
    if (state?.$case === 'data') {
      const document = DocumentState.ofChange(database, path, Number(createTime), time, state.data);
      result.set(path, { path, state: document });
    } else if (state?.$case === 'reference') {
      if (references.has(path)) result.set(path, { path, state: references.get(path) });
    } else {
      result.set(path, { path, state: undefined });
    }
  }
  return { database, time, changes: [...result.values()], traceparent: traceparent || undefined };
}
