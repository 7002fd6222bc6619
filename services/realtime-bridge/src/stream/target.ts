import { type StatusError, toStatusError, unavailable } from '@telestack/errors';
import { Backoff } from '../backoff.ts';
import { ReadTimeError } from '../docstore/errors.ts';
import { type DocstoreReader, READ_BACKOFF } from '../docstore/reader.ts';
import type { DocumentState } from '../feed/document-state.ts';
import { planResume, type Resume } from '../resume/plan.ts';
import type { Timers } from '../timers.ts';
import { type Delta, passesOver } from '../views/delta.ts';
import type { ReadingSink } from '../views/reading.ts';
import type { View, ViewListener } from '../views/view.ts';
import { InitialState } from './initial-state.ts';
import { PendingSteps } from './pending-steps.ts';

/**
 * `reading`: its rows are being read. `ready`: they are all there, and wait for the stream to come to their time. `sending`: they are being sent.
 * `sent`: they have been sent, and wait for a snapshot. `current`: the target takes part in every snapshot. docs/spec/listen.md has the table.
 */
export type TargetState = 'reading' | 'ready' | 'sending' | 'sent' | 'current' | 'closed';

/** The stream, as its targets see it. */
export interface TargetOwner {
  readonly reader: DocstoreReader;
  readonly timers: Timers;
  /** Milliseconds after which a target that cannot be read ends its stream. */
  readonly readRetryLimit: number;
  /** Bytes of first documents that one target may hold. */
  readonly stageLimit: number;
  /** A step of a target that is sent or current. */
  onStep(target: Target, delta: Delta): void;
  /** The target begins anew: its steps do not count any more. */
  onRestart(target: Target): void;
  /** The target has come on, or has taken something in. */
  onProgress(target: Target): void;
  /** Permanent errors end the target, others the stream. */
  onTargetFailed(target: Target, error: StatusError): void;
}

export interface TargetOptions {
  readonly id: number;
  readonly view: View;
  /** To be removed once it is current. */
  readonly once: boolean;
  readonly resume: Resume | undefined;
}

/** One target of a stream: from its view's rows and steps to what the client has to be sent. */
export class Target implements ViewListener, ReadingSink {
  readonly id: number;
  readonly view: View;
  readonly once: boolean;
  /** Whether the client must forget the documents that it has of this target, before it gets others. */
  isReset: boolean;
  readonly #owner: TargetOwner;
  readonly #backoff: Backoff;
  readonly #backlog = new PendingSteps<Target>();
  #resume: Resume | undefined;
  #state: TargetState = 'reading';
  #initial: InitialState;
  /** Rows of a target that resumes. */
  #rows = new Map<string, DocumentState>();
  #superseded = new Set<string>();
  #readTime: number | undefined;
  /** Ends what is under way when the target closes or begins anew. */
  #work = new AbortController();
  #hasSent = false;

  constructor({ id, view, once, resume }: TargetOptions, owner: TargetOwner) {
    this.id = id;
    this.view = view;
    this.once = once;
    this.#resume = resume;
    this.#owner = owner;
    this.#backoff = new Backoff(owner.timers, READ_BACKOFF);
    this.#initial = new InitialState(owner.stageLimit);
    this.isReset = resume !== undefined && resume.time === undefined && !this.#isOfDocuments;
    view.add(this);
  }

  get state(): TargetState {
    return this.#state;
  }

  get initial(): InitialState {
    return this.#initial;
  }

  /** The time of its rows; microseconds. */
  get readTime(): number {
    return this.#readTime ?? 0;
  }

  /** Bytes that wait for the target to be sent. */
  get bytes(): number {
    return this.#backlog.bytes + this.#initial.bytes;
  }

  /** Ended when the target closes or begins anew. */
  get work(): AbortSignal {
    return this.#work.signal;
  }

  /** Begins to read. */
  start(): void {
    // A view that has a result tells steps from its time on; rows must not be older than that. Nor older than what the client has.
    const floor = Math.max(this.view.knownThrough, this.#resume?.time ?? 0);
    this.view.read(this, this.#isPlanned && !this.#isOfDocuments ? 'names' : 'full', floor);
  }

  onRows(readTime: number, rows: readonly DocumentState[]): void {
    this.#readTime = readTime;
    if (this.#isPlanned) for (const row of rows) this.#rows.set(row.path, row);
    else this.#initial.add(rows);
    this.#owner.onProgress(this);
  }

  onRead(readTime: number): void {
    this.#readTime = readTime;
    if (this.#backlog.startAt(readTime)) this.restart();
    else if (this.#isPlanned) void this.#plan(readTime);
    else this.#complete();
  }

  onReadRestart(): void {
    this.#forget();
  }

  onReadFailed(error: StatusError): void {
    this.#owner.onTargetFailed(this, error);
  }

  onDelta(delta: Delta): void {
    if (this.#readTime !== undefined && delta.time <= this.#readTime) return;
    // The step does not begin at a state that the client has or is about to get.
    if (this.#state !== 'current' && passesOver(delta, this.readTime)) this.restart();
    else if (this.#state === 'sent' || this.#state === 'current') this.#owner.onStep(this, delta);
    else {
      this.#backlog.push(this, delta);
      this.#owner.onProgress(this);
    }
  }

  onFailed(error: StatusError): void {
    this.#owner.onTargetFailed(this, error);
  }

  /** Its documents begin to go out. The stream's last snapshot was at `readTime` (microseconds). */
  beginSending(readTime: number): void {
    this.#state = 'sending';
    this.#hasSent = true;
    this.#backlog.startAt(this.readTime);
    this.#superseded = new Set(this.#backlog.pathsBefore(readTime));
  }

  /** Whether the document has changed since the target's rows and before the last snapshot: then its row is older than what the client has. */
  isSuperseded(path: string): boolean {
    return this.#superseded.has(path);
  }

  /** All of them are out; returns the steps that came meanwhile. */
  endSending(): PendingSteps<Target> {
    this.#state = 'sent';
    this.#initial = new InitialState(0);
    this.#superseded.clear();
    return this.#backlog;
  }

  becomeCurrent(): void {
    this.#state = 'current';
    this.#resume = undefined;
  }

  /** Merges what waits: the client gets one newer state instead of several. */
  compact(): void {
    // Merged steps could pass over a read time that is yet to come.
    if (this.#readTime === undefined) return;
    this.#backlog.startAt(this.#readTime);
    this.#backlog.compact();
  }

  /** Reads anew: the rows do not fit the view's steps, or cannot be read to their end. */
  restart(): void {
    if (this.#state === 'closed') return;
    this.view.cancelRead(this);
    this.#forget();
    if (this.#backoff.elapsed > this.#owner.readRetryLimit) {
      const message = 'The target could not be read at one time. Please listen again.';
      this.#owner.onTargetFailed(this, unavailable(message));
      return;
    }
    this.#backoff.wait(this.work).then(
      () => this.start(),
      () => {},
    );
  }

  close(): void {
    this.#state = 'closed';
    this.#work.abort(new Error('The target is closed'));
    this.view.cancelRead(this);
    this.view.remove(this);
    this.#backlog.clear();
  }

  get #isOfDocuments(): boolean {
    return this.view.spec.scope.kind === 'documents';
  }

  /** Rows have come, and they can go out one by one. */
  get isStreamable(): boolean {
    return this.#state === 'reading' && this.#readTime !== undefined && !this.#isPlanned;
  }

  /** Whether all rows have to be there before it is known what the client needs. */
  get #isPlanned(): boolean {
    return this.#isOfDocuments || this.#resume?.time !== undefined;
  }

  async #plan(readTime: number): Promise<void> {
    const { signal } = this.#work;
    const resume = this.#resume ?? { time: 0, expectedCount: undefined };
    try {
      const plan = await planResume(
        this.view.spec,
        this.id,
        this.#rows,
        readTime,
        resume,
        this.#owner.reader,
        signal,
      );
      if (signal.aborted) return;
      if (plan.isReset) this.isReset = true;
      this.#initial.add(plan.upserts);
      this.#initial.leaves = plan.leaves;
      this.#initial.missing = plan.missing;
      this.#initial.filter = plan.filter;
      this.#rows = new Map();
      this.#complete();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ReadTimeError) this.restart();
      else this.#owner.onTargetFailed(this, toStatusError(error));
    }
  }

  #complete(): void {
    this.#initial.isComplete = true;
    if (this.#state === 'reading') this.#state = 'ready';
    this.#owner.onProgress(this);
  }

  #forget(): void {
    this.#work.abort(new Error('The target begins anew'));
    this.#work = new AbortController();
    this.#initial = new InitialState(this.#owner.stageLimit);
    this.#rows = new Map();
    this.#readTime = undefined;
    this.#state = 'reading';
    this.#owner.onRestart(this);
    // What went out already cannot be taken back, and the client's old state is no base any more.
    if (this.#hasSent) {
      this.isReset = true;
      this.#resume = undefined;
    }
  }
}
