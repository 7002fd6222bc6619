import { resourceExhausted, type StatusError, toStatusError, unavailable } from '@telestack/errors';
import type { Target as TargetMessage } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { Outlet, Principal } from '@telestack/rpc';
import { invalidCredentials } from '@telestack/tokens';
import { documentName } from '@telestack/values';
import { mayReveal } from '../authorization.ts';
import { isPermanent, ReadTimeError } from '../docstore/errors.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import { encodeResumeToken } from '../resume/token.ts';
import type { Timers } from '../timers.ts';
import type { Delta } from '../views/delta.ts';
import * as wire from '../wire/messages.ts';
import { resumeOf, viewSpecOf } from './add-target.ts';
import type { StreamHost } from './host.ts';
import { PendingSteps } from './pending-steps.ts';
import { stepMessages } from './snapshot.ts';
import { Target, type TargetOwner } from './target.ts';

/** Documents that are fetched at once when they did not fit in memory. */
const FETCH_SIZE = 100;
/** So many steps may wait one by one; more are merged. */
const MAX_STEPS = 1_000;

/** One Listen stream: its targets, and the order in which the client hears of them. docs/spec/listen.md */
export class TargetStream implements TargetOwner {
  readonly database: string;
  readonly #host: StreamHost;
  #principal: Principal;
  readonly #out: Outlet<Uint8Array>;
  readonly #targets = new Map<number, Target>();
  /** Those of them that are not current yet. */
  readonly #starting = new Set<Target>();
  readonly #pending = new PendingSteps<Target>();
  readonly #end = Promise.withResolvers<never>();
  /** The target whose first documents are going out: no snapshot until they are out. */
  #sending: Target | undefined;
  #isFetching = false;
  #isBlocked = false;
  #isClosed = false;
  /** The client was behind: what waits is sent as one snapshot. */
  #isLate = false;
  /** Read time of the last snapshot; microseconds. */
  #readTime = 0;
  #sentAt: number;
  /** Since when nothing that waits could be sent; milliseconds. */
  #heldSince: number | undefined;
  #blockedAt: number | undefined;
  #blockedBytes = 0;

  constructor(database: string, principal: Principal, out: Outlet<Uint8Array>, host: StreamHost) {
    this.database = database;
    this.#principal = principal;
    this.#out = out;
    this.#host = host;
    this.#sentAt = host.timers.now();
    this.#end.promise.catch(() => {});
  }

  get reader(): DocstoreReader {
    return this.#host.reader;
  }

  get timers(): Timers {
    return this.#host.timers;
  }

  get readRetryLimit(): number {
    return this.#host.config.readRetryLimit;
  }

  get stageLimit(): number {
    return this.#host.config.eventBufferSize / 4;
  }

  /** Whose stream it is, as he is by now. */
  get principal(): Principal {
    return this.#principal;
  }

  get targetCount(): number {
    return this.#targets.size;
  }

  /** Rejects with the reason when the bridge ends the stream. */
  get ended(): Promise<never> {
    return this.#end.promise;
  }

  has(targetId: number): boolean {
    return this.#targets.has(targetId);
  }

  /** Adds a target whose id is free. What is wrong with it (`fault`: already when it was decoded) is told to the client; the stream goes on. */
  addTarget(id: number, message: TargetMessage, fault?: StatusError): void {
    this.#send(wire.addMessage(id));
    try {
      if (fault) throw fault;
      const { config, timers } = this.#host;
      if (this.#targets.size >= config.maxSubscriptionsPerClient) {
        throw resourceExhausted(`A stream can have ${config.maxSubscriptionsPerClient} targets at most.`);
      }
      const spec = viewSpecOf(message, this.database, this.#principal);
      const resume = resumeOf(message, this.database, timers.now());
      const view = this.#host.viewFor(spec);
      const target = new Target({ id, view, once: message.once, resume }, this);
      this.#targets.set(id, target);
      this.#starting.add(target);
      target.start();
    } catch (error) {
      this.#send(wire.removeMessage(id, toStatusError(error)));
    }
  }

  /** Answers a request to remove a target. One that is unknown has failed or ended meanwhile, and was answered then. */
  removeTarget(id: number): void {
    const target = this.#targets.get(id);
    if (!target) return;
    this.#forget(target);
    this.#send(wire.removeMessage(id));
    this.#host.schedule(this);
  }

  onStep(target: Target, delta: Delta): void {
    this.#pending.push(target, delta);
    this.onProgress(target);
  }

  onProgress(target: Target): void {
    if (this.#isClosed) return;
    this.#limitMemory(target);
    this.#host.schedule(this);
  }

  onRestart(target: Target): void {
    this.#pending.remove(target);
    if (this.#sending === target) this.#sending = undefined;
  }

  onTargetFailed(target: Target, error: StatusError): void {
    if (!isPermanent(error)) {
      this.end(error);
      return;
    }
    this.#forget(target);
    this.#send(wire.removeMessage(target.id, error));
    this.#host.schedule(this);
  }

  /** Its principal has other claims: each target is read again with them, and goes where it is not allowed any more. */
  onPrincipal(principal: Principal): void {
    this.#principal = principal;
    for (const { view } of [...this.#targets.values()]) this.#host.changePrincipal(view, principal);
  }

  /** Sends what can be sent. */
  pump(): void {
    while (!this.#isClosed && !this.#isBlocked) {
      if (this.#sending) {
        if (!this.#sendInitial(this.#sending)) break;
      } else if (!this.#sendSnapshot() && !this.#beginSending()) break;
    }
    this.#updateHold();
  }

  /** Called now and then: keeps the stream alive, or gives it up. */
  check(): void {
    const { config, timers } = this.#host;
    const now = timers.now();
    const isHeldTooLong = this.#heldSince !== undefined && now - this.#heldSince >= config.connectionTimeout;
    const { expiresAt } = this.#principal as { readonly expiresAt?: number };
    if (expiresAt !== undefined && expiresAt <= now)
      this.end(invalidCredentials(new Error('The credential has expired.')));
    else if (this.#isStuck(now)) this.end(unavailable('The client does not take its messages.'));
    else if (isHeldTooLong) {
      this.end(unavailable('The stream could not be kept consistent. Please listen again.'));
    } else if (!this.#isBlocked && now - this.#sentAt >= config.heartbeatInterval) this.#heartbeat();
  }

  /** Ends the stream with an error. */
  end(error: StatusError): void {
    this.#end.reject(error);
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const target of this.#targets.values()) target.close();
    this.#targets.clear();
    this.#starting.clear();
    this.#pending.clear();
    this.#host.setHeld(this, false);
  }

  /** The time up to which all targets that take part in snapshots are known. */
  #limit(): number {
    let limit = Number.POSITIVE_INFINITY;
    for (const { state, view } of this.#targets.values()) {
      if (state === 'sent' || state === 'current') limit = Math.min(limit, view.knownThrough);
    }
    return limit;
  }

  get #sentTargets(): Target[] {
    return [...this.#starting].filter(({ state }) => state === 'sent');
  }

  /** True when a snapshot went out. */
  #sendSnapshot(): boolean {
    const sent = this.#sentTargets;
    if (sent.length === 0 && this.#pending.length === 0) return false;
    const floor =
      sent.length > 0 ? Math.max(this.#readTime, ...sent.map(({ readTime }) => readTime)) : undefined;
    const time = this.#pending.nextBoundary(floor, this.#limit(), this.#isLate);
    if (time === undefined) return false;
    this.#isLate = false;
    this.#heldSince = undefined;
    const steps = this.#pending.takeThrough(time);
    const { messages } = this.#host;
    for (const message of stepMessages(steps, this.database, time, mayReveal(this.#principal), messages)) {
      this.#send(message);
    }
    for (const target of sent) {
      this.#send(wire.currentMessage(target.id, time, encodeResumeToken(this.database, time)));
      target.becomeCurrent();
      this.#starting.delete(target);
    }
    this.#sendReadTime(time);
    for (const target of sent) {
      if (target.once) this.removeTarget(target.id);
    }
    return true;
  }

  #sendReadTime(time: number): void {
    this.#readTime = time;
    this.#send(this.#host.messages.snapshot(this.database, time));
    this.#host.onSnapshot(this, time);
  }

  /** Lets the next target send its first documents, as soon as the others have come to their time. */
  #beginSending(): boolean {
    // While nobody is current, nobody's snapshots are held up while rows come in.
    const isAlone = this.#starting.size === this.#targets.size && this.#sentTargets.length === 0;
    for (const target of this.#starting) {
      const isReady = target.state === 'ready' && (isAlone || this.#hasCaughtUpWith(target));
      if (!isReady && !(isAlone && target.isStreamable)) continue;
      target.beginSending(this.#readTime);
      this.#sending = target;
      if (target.isReset) this.#send(wire.resetMessage(target.id));
      target.isReset = false;
      return true;
    }
    return false;
  }

  /**
   * The others are known up to the target's rows, and the target's steps up to the last snapshot: nothing that is older than what the client has
   * would be sent.
   */
  #hasCaughtUpWith({ readTime, view }: Target): boolean {
    return this.#limit() >= readTime && Math.max(view.knownThrough, readTime) >= this.#readTime;
  }

  /** True when there is more to do. */
  #sendInitial(target: Target): boolean {
    const { initial } = target;
    const { messages } = this.#host;
    for (let document = initial.take(); document; document = initial.take()) {
      if (target.isSuperseded(document.path)) continue;
      this.#send(messages.documentChange(document, target.id));
      if (this.#isBlocked) return false;
    }
    if (this.#isFetching) return false;
    const paths = initial.takePaths(FETCH_SIZE);
    if (paths.length > 0) {
      void this.#fetch(target, paths);
      return false;
    }
    if (!initial.isComplete) return false;
    this.#sendAbsent(target);
    this.#sending = undefined;
    this.#pending.adopt(target.endSending(), this.#readTime);
    return true;
  }

  #sendAbsent(target: Target): void {
    const { leaves, missing, filter } = target.initial;
    const { id, readTime } = target;
    // The document may be back since then, and another target may have shown it.
    const isOld = readTime < this.#readTime;
    for (const { path, deletedAt } of leaves) {
      const message =
        deletedAt !== undefined && !isOld ? wire.documentDeleteMessage : wire.documentRemoveMessage;
      this.#send(message(documentName(this.database, path), [id], readTime));
    }
    for (const path of missing) {
      if (target.isSuperseded(path)) continue;
      this.#send(wire.documentDeleteMessage(documentName(this.database, path), [id], readTime));
    }
    if (filter) this.#send(wire.filterMessage(filter));
  }

  async #fetch(target: Target, paths: string[]): Promise<void> {
    const { work } = target;
    this.#isFetching = true;
    try {
      const found = await this.reader.fetch(this.database, paths, target.readTime, work);
      if (!work.aborted) target.initial.putBack([...found.values()]);
    } catch (error) {
      if (!work.aborted) {
        if (error instanceof ReadTimeError) target.restart();
        else this.onTargetFailed(target, toStatusError(error));
      }
    }
    this.#isFetching = false;
    if (!this.#isClosed) this.#host.schedule(this);
  }

  #forget(target: Target): void {
    target.close();
    this.#targets.delete(target.id);
    this.#starting.delete(target);
    this.onRestart(target);
  }

  #send(message: Uint8Array): void {
    if (this.#isClosed) return;
    this.#sentAt = this.#host.timers.now();
    if (this.#out.send(message) || this.#isBlocked) return;
    this.#isBlocked = true;
    this.#blockedAt = this.#sentAt;
    this.#blockedBytes = this.#out.bufferedBytes;
    this.#out.drained().then(
      () => {
        this.#isBlocked = false;
        this.#isLate = this.#pending.length > 0;
        if (!this.#isClosed) this.#host.schedule(this);
      },
      () => this.close(),
    );
  }

  /** Whether the transport has taken nothing for too long. */
  #isStuck(now: number): boolean {
    if (!this.#isBlocked || this.#blockedAt === undefined) return false;
    const bytes = this.#out.bufferedBytes;
    if (bytes < this.#blockedBytes) this.#blockedAt = now;
    this.#blockedBytes = bytes;
    return now - this.#blockedAt >= this.#host.config.connectionTimeout;
  }

  #limitMemory(target: Target): void {
    const { eventBufferSize } = this.#host.config;
    const bytes = (): number => {
      let sum = this.#pending.bytes;
      for (const one of this.#starting) sum += one.bytes;
      return sum;
    };
    if (this.#pending.length > MAX_STEPS || bytes() > eventBufferSize / 2) {
      this.#pending.compact();
      target.compact();
    }
    if (bytes() > eventBufferSize) {
      this.end(
        unavailable('The client is too slow for the changes that it listens to. Please listen again.'),
      );
    }
  }

  #updateHold(): void {
    const waits =
      !this.#isClosed &&
      !this.#isBlocked &&
      !this.#sending &&
      (this.#pending.length > 0 || this.#isAnyWaiting());
    if (waits) this.#heldSince ??= this.#host.timers.now();
    else this.#heldSince = undefined;
    this.#host.setHeld(this, waits);
  }

  #isAnyWaiting(): boolean {
    for (const { state } of this.#starting) if (state === 'ready' || state === 'sent') return true;
    return false;
  }

  #heartbeat(): void {
    this.pump();
    if (this.#isClosed || this.#isBlocked) return;
    const time = Math.max(this.#readTime, this.#limit());
    const isConsistent = !this.#sending && this.#readTime > 0 && Number.isFinite(time);
    if (isConsistent && !this.#pending.isPassedOver(time)) this.#sendReadTime(time);
    else this.#send(wire.KEEP_ALIVE);
  }
}
