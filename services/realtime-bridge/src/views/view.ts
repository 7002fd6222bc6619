import { Code, type StatusError, toStatusError, unavailable } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import type { DocumentChange } from '../feed/commit.ts';
import { AccessGathered } from './access-gathered.ts';
import { CommitBuffer } from './commit-buffer.ts';
import type { Delta } from './delta.ts';
import type { ViewHost } from './host.ts';
import { Reading, type ReadingSink } from './reading.ts';
import { reload } from './reload.ts';
import { type Membership, type Result, type Shape, UNKNOWN } from './result.ts';
import type { Scope } from './router.ts';
import { ownedBy } from './shape.ts';

/** A target that shows a view. */
export interface ViewListener {
  /** A step of the result; steps come in order. */
  onDelta(delta: Delta): void;
  /** The view cannot be kept up. A permanent error concerns the target, any other one its stream. */
  onFailed(error: StatusError): void;
}

export interface ViewSpec {
  /** What the view shows, as text. */
  readonly content: string;
  readonly database: string;
  /** Whose rights the view is read with: docs/spec/listen.md. */
  readonly principal: Principal;
  readonly scope: Scope;
  readonly shape: Shape;
}

/** `live` follows the change stream. `loading` has no result yet, `reloading` has one that is behind: both gather commits. */
type State = 'loading' | 'live' | 'reloading';

/**
 * One live query (or set of documents), shared by all targets that ask for it: its result at a time, kept up by changes. It knows which documents are
 * in the result, not what is in them.
 */
export class View {
  readonly spec: ViewSpec;
  readonly #host: ViewHost;
  readonly #listeners = new Set<ViewListener>();
  readonly #closing = new AbortController();
  readonly #buffer: CommitBuffer;
  readonly #readings: { full?: Reading; names?: Reading } = {};
  readonly #runningReadings = new Set<Reading>();
  #state: State = 'loading';
  #result: Result | undefined;
  /** What the result is known up to, apart from following the stream. Microseconds. */
  #time = 0;
  /** The time of its first result: listeners are told all steps from there on. Microseconds. */
  #since = 0;
  /** Reads from before this time miss commits that the stream did not bring. */
  #floor: number;
  /** By which values changes are routed here; undefined while all of them are. */
  #routed: Scope | undefined;
  #access = new AccessGathered();
  /** Rules that are older than these do not count; microseconds. */
  #releasedTime = 0;
  #principal: Principal;
  /** The right is to be looked at again as soon as what is under way has come to its end. */
  #isInDoubt = false;

  constructor(spec: ViewSpec, host: ViewHost) {
    this.spec = spec;
    this.#principal = spec.principal;
    this.#host = host;
    this.#floor = host.feedTime;
    this.#buffer = new CommitBuffer(host.config.eventBufferSize);
    host.router.addForEvery(this, spec.scope);
  }

  /** Who the view is read for, as he is by now. */
  get principal(): Principal {
    return this.#principal;
  }

  /** The rules look at the time: what they allowed a while ago they may not allow now. */
  get dependsOnTime(): boolean {
    return this.isLive && this.#access.time;
  }

  get isLoading(): boolean {
    return this.#state === 'loading';
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  /** All steps up to this time have been told to the listeners; microseconds. */
  get knownThrough(): number {
    return this.isLive ? Math.max(this.#time, this.#host.feedTime) : this.#time;
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  add(listener: ViewListener): void {
    this.#listeners.add(listener);
  }

  /** The last listener takes the view with it. */
  remove(listener: ViewListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#close();
  }

  /**
   * Reads the result for a sink: documents that every commit before this call is in, at one read time. Sinks that come together share
   * a read; one that is under way is too old for those that come later.
   */
  read(sink: ReadingSink, mode: 'full' | 'names', floor: number): void {
    const kind = this.spec.shape.namesSuffice ? mode : 'full';
    let reading = this.#readings[kind];
    if (!reading) {
      reading = new Reading(this, kind, this.#host);
      this.#readings[kind] = reading;
    }
    reading.add(sink, floor);
    this.#startNext();
  }

  /** The sink wants no rows any more. */
  cancelRead(sink: ReadingSink): void {
    for (const reading of this.#runningReadings) reading.delete(sink);
    for (const kind of ['full', 'names'] as const) {
      this.#readings[kind]?.delete(sink);
      // It will not run any more: who comes next must not join it.
      if (this.#readings[kind]?.isAbandoned) delete this.#readings[kind];
    }
  }

  /** A reading goes to the docstore: what comes now is too late for it. */
  readingBegins(reading: Reading): void {
    if (this.#readings[reading.kind] === reading) delete this.#readings[reading.kind];
  }

  /** Reads from before this time do not do. */
  get floor(): number {
    return Math.max(this.#floor, this.#buffer.droppedThrough);
  }

  /** A reading is complete. False when it is older than the view's first step can begin. */
  readingEnds(result: Result | undefined, readTime: number, access: AccessGathered): boolean {
    if (!this.isLoading) return readTime >= this.#since;
    if (!result || readTime < this.floor) return false;
    result.complete();
    this.#since = readTime;
    this.#dependOn(access);
    this.#catchUp(result, readTime);
    return true;
  }

  readingStops(reading: Reading): void {
    this.#runningReadings.delete(reading);
    this.#startNext();
  }

  /** The changes of a commit that may touch the view. */
  onCommit(time: number, changes: readonly DocumentChange[], isQuestioned = false): void {
    // Its last listener may have left because of the step before.
    if (this.signal.aborted) return;
    if (!this.isLive) this.#buffer.push(time, changes, isQuestioned);
    else if (time <= this.#time) return;
    else if (isQuestioned || this.#isQuestionedBy(changes)) this.#reload(time - 1, time, false);
    else this.#apply(time, changes);
  }

  /** Other rules are in force from `time` (microseconds) on: the docstore has to say whether the view may still be seen. */
  onRelease(time: number): void {
    if (this.#principal.kind === 'admin') return;
    this.#releasedTime = Math.max(this.#releasedTime, time);
    if (this.isLive && time > this.#time) this.onCommit(time, [], true);
    else this.#doubt();
  }

  /** Its principal has other claims: the view is read anew with them. */
  onPrincipal(principal: Principal): void {
    this.#principal = principal;
    this.#doubt();
  }

  /** Asks whether the view may be seen now. Never rejects: without an answer the view stays as it is until the next time. */
  async revalidate(): Promise<void> {
    const at = this.knownThrough;
    const principal = this.#principal;
    try {
      const access = new AccessGathered();
      access.add(
        await this.#host.reader.authorize(this.spec.shape.rows, {
          ...{ principal, readTime: at, signal: this.signal },
          releasedTime: this.releasedTime,
        }),
      );
      // What has begun meanwhile looks at the right itself.
      if (!this.isLive || this.signal.aborted || principal !== this.#principal) return;
      this.#dependOn(access);
      this.#questionLate(at);
    } catch (error) {
      const { code } = toStatusError(error);
      if (!this.signal.aborted && code === Code.PERMISSION_DENIED) this.fail(toStatusError(error));
    }
  }

  /** For reads. Undefined while the rules are those that the view began with. */
  get releasedTime(): number | undefined {
    return this.#releasedTime || undefined;
  }

  /** Commits after `from` and up to `start` were missed. */
  onGap(from: number, start: number): void {
    this.#floor = Math.max(this.#floor, start);
    if (this.isLoading || (this.isLive && this.#time >= start)) {
      // Other rules may have been among what was missed.
      if (from > 0 && this.#principal.kind !== 'admin') this.#doubt();
      return;
    }
    // Commits from before the gap do not help any more; those after it begin the buffer anew.
    this.#buffer.clear();
    if (this.isLive) this.#reload(Math.max(this.#time, from), undefined, true);
  }

  /** Ends every target of the view. */
  fail(error: StatusError): void {
    for (const listener of [...this.#listeners]) listener.onFailed(error);
  }

  /** One read of a kind at a time; the next gathers sinks meanwhile. */
  #startNext(): void {
    for (const kind of ['full', 'names'] as const) {
      const reading = this.#readings[kind];
      if (!reading || [...this.#runningReadings].some((running) => running.kind === kind)) continue;
      this.#runningReadings.add(reading);
      void reading.run();
    }
  }

  /** From a fresh result to the present; `step` leads to the result. */
  #catchUp(result: Result, readTime: number, step?: Delta): void {
    this.#result = result;
    this.#time = readTime;
    this.#state = 'live';
    // Even if it changes nothing: there is no state between its ends, and who waits for it may go on.
    if (step) this.#publish(step);
    for (const { time, changes, isQuestioned } of this.#buffer.takeAfter(readTime)) {
      this.onCommit(time, changes, isQuestioned);
    }
    this.#questionLate(readTime);
    this.#resolveDoubt();
    if (this.isLive && !this.signal.aborted) this.#routeByValue();
  }

  #apply(time: number, changes: readonly DocumentChange[]): void {
    const difference = this.#result!.apply(changes, time);
    if (difference === UNKNOWN) {
      this.#reload(time - 1, time, false);
    } else if (difference) this.#publish({ from: time - 1, time, ...difference });
  }

  /**
   * Reads the result again, at a time or anew, and tells the listeners the difference. `through` is what they have been told up to.
   */
  #reload(through: number, readTime: number | undefined, isSpread: boolean): void {
    this.#routeEvery();
    this.#state = 'reloading';
    this.#time = through;
    const shown = this.#result!.visible();
    void reload(this, this.#host, shown, { readTime, through, isSpread }).then(
      ({ result, difference, readTime: time, access }) => {
        if (this.signal.aborted) return;
        this.#dependOn(access);
        this.#catchUp(result, time, { from: through, time, ...difference });
      },
      (error: StatusError) => {
        if (!this.signal.aborted) this.fail(error);
      },
    );
  }

  /** A read looks at rights first and may see a later state than they are of: what it has found says nothing of what came meanwhile. */
  #doubt(): void {
    this.#isInDoubt = true;
    this.#resolveDoubt();
  }

  #resolveDoubt(): void {
    if (!this.#isInDoubt || !this.isLive || this.signal.aborted) return;
    this.#isInDoubt = false;
    this.#reload(this.knownThrough, undefined, false);
  }

  #dependOn(access: AccessGathered): void {
    this.#access = access;
    this.#host.rights.set(this, this.spec.database, [...access.documents]);
    this.#host.dependsOnTime(this, access.time);
  }

  /** A single document's rules look at what is in it. */
  #isQuestionedBy(changes: readonly DocumentChange[]): boolean {
    return this.#access.ownDocuments && this.spec.scope.kind === 'documents' && changes.length > 0;
  }

  /** What the right depends on may have changed before it was known that it does: then nobody has asked. */
  #questionLate(readTime: number): void {
    const now = this.#host.feedTime;
    if (!this.isLive || this.signal.aborted || now <= readTime) return;
    const { rights } = this.#host;
    if (!rights.mayHaveChanged(this.spec.database, [...this.#access.documents], readTime)) return;
    if (now > this.#time) this.#reload(now - 1, now, false);
    else this.#reload(this.#time, undefined, false);
  }

  #publish(delta: Delta): void {
    for (const listener of [...this.#listeners]) listener.onDelta(delta);
  }

  /** Where its documents are, now that it is known whose they have to be. */
  get #ownScope(): Scope {
    const { scope } = this.spec;
    return scope.kind === 'query' ? { ...scope, query: ownedBy(scope.query, this.#access.owner) } : scope;
  }

  #routeByValue(): void {
    const scope = this.#ownScope;
    if (this.#routed || !this.#host.router.addByValue(this, scope)) return;
    this.#routed = scope;
    this.#host.router.removeForEvery(this, this.spec.scope);
    for (const path of this.#result!.members()) this.#host.router.addMember(this, this.spec.database, path);
  }

  #routeEvery(): void {
    const scope = this.#routed;
    if (!scope) return;
    this.#routed = undefined;
    this.#host.router.addForEvery(this, this.spec.scope);
    this.#host.router.removeByValue(this, scope);
    for (const path of this.#result!.members()) {
      this.#host.router.removeMember(this, this.spec.database, path);
    }
  }

  /** Members are made known one by one only while the view is routed by value. */
  #membership(): Membership {
    const { router } = this.#host;
    const { database } = this.spec;
    return {
      add: (path) => {
        if (this.#routed) router.addMember(this, database, path);
      },
      delete: (path) => {
        if (this.#routed) router.removeMember(this, database, path);
      },
    };
  }

  /** A result to be filled from a read. */
  createResult({ owner }: AccessGathered): Result {
    return this.spec.shape.createResult(this.#membership(), owner);
  }

  #close(): void {
    if (this.signal.aborted) return;
    this.#closing.abort(unavailable('The view has no listeners any more.'));
    if (this.#result) this.#routeEvery();
    this.#host.router.removeForEvery(this, this.spec.scope);
    this.#host.rights.delete(this);
    this.#host.dependsOnTime(this, false);
    this.#host.closed(this);
  }
}
