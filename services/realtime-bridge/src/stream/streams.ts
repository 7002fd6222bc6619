import { type StatusError, toStatusError, unavailable } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import { applyChange, invalidCredentials, type PrincipalChange } from '@telestack/tokens';
import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { Log } from '../events.ts';
import type { Timer, Timers } from '../timers.ts';
import type { Views } from '../views/views.ts';
import { MessageCache } from '../wire/message-cache.ts';
import type { StreamHost } from './host.ts';
import type { StreamRegistry } from './listen.ts';
import { Subjects } from './subjects.ts';
import type { TargetStream } from './target-stream.ts';

/** Streams are looked after this often at least, in milliseconds: so soon the end of a token is noticed. */
const MAX_CHECK_INTERVAL = 1_000;
/** Each stream is looked after so often within a heartbeat interval; the streams of one moment are a fraction of all. */
const CHECKS_PER_INTERVAL = 10;

/** All streams of the bridge: lets them go on after each commit, and looks after them. */
export class Streams implements StreamRegistry {
  readonly host: StreamHost;
  readonly #config: BridgeConfig;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #open = new Set<TargetStream>();
  readonly #subjects = new Subjects();
  readonly #due = new Set<TargetStream>();
  readonly #held = new Set<TargetStream>();
  readonly #closing = new AbortController();
  #isHolding = false;
  #isScheduled = false;
  #timer: Timer | undefined;

  readonly #isStale: () => boolean;

  /** `credentials` has what is known of principals by now. */
  constructor(
    config: BridgeConfig,
    timers: Timers,
    reader: DocstoreReader,
    views: Views,
    credentials: { readonly isStale: boolean; current(principal: Principal): Principal | 'revoked' },
    log: Log,
  ) {
    this.#isStale = () => credentials.isStale;
    this.#config = config;
    this.#timers = timers;
    this.#log = log;
    this.host = {
      config,
      timers,
      reader,
      messages: new MessageCache(),
      viewFor: (spec) => views.get(spec),
      changePrincipal: (view, principal) => views.onPrincipal(view, principal),
      currentPrincipal: (principal) => {
        const current = credentials.current(principal);
        if (current === 'revoked') throw revoked();
        return current;
      },
      schedule: (stream) => this.#schedule(stream),
      setHeld: (stream, isHeld) => {
        if (isHeld) this.#held.add(stream);
        else this.#held.delete(stream);
      },
      onSnapshot: () => {},
    };
  }

  counts(): { streams: number; targets: number } {
    let targets = 0;
    for (const stream of this.#open) targets += stream.targetCount;
    return { streams: this.#open.size, targets };
  }

  opened(stream: TargetStream): void {
    this.#open.add(stream);
    this.#subjects.add(stream);
    this.#startTimer();
  }

  closed(stream: TargetStream): void {
    this.#open.delete(stream);
    this.#subjects.delete(stream);
    this.#due.delete(stream);
    this.#held.delete(stream);
    if (this.#open.size > 0 || this.#timer === undefined) return;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Credentials are not what they were: their streams end, or go on with other rights. */
  onChange(change: PrincipalChange): void {
    for (const stream of this.#subjects.of(change)) {
      const principal = applyChange(stream.principal, change);
      if (principal === 'revoked') stream.end(revoked());
      else if (principal !== stream.principal) stream.onPrincipal(principal);
    }
  }

  /** With no news of revocations nobody knows who of the users may still listen. */
  endUsers(): void {
    for (const stream of [...this.#open]) {
      if (stream.principal.kind === 'user') stream.end(unavailable('Revocations are not known at present.'));
    }
  }

  /** Runs what belongs together: no stream goes on before it has reached all views. */
  hold(work: () => void): void {
    this.#isHolding = true;
    try {
      work();
    } finally {
      this.#isHolding = false;
    }
  }

  /** Lets all streams go on that have something to send or wait for the change stream. */
  flush(): void {
    this.#isScheduled = false;
    for (const stream of [...this.#due, ...this.#held]) this.#pump(stream);
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends all calls, those without a stream too. */
  close(reason: StatusError): void {
    this.#closing.abort(reason);
  }

  #schedule(stream: TargetStream): void {
    this.#due.add(stream);
    if (this.#isHolding || this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      if (this.#isScheduled) this.flush();
    });
  }

  #pump(stream: TargetStream): void {
    this.#due.delete(stream);
    try {
      stream.pump();
    } catch (error) {
      this.#log('error', 'a stream failed', { error: toStatusError(error).cause ?? error });
      stream.end(unavailable('The stream failed. Please listen again.'));
    }
  }

  #startTimer(): void {
    const interval = Math.min(this.#config.heartbeatInterval, this.#config.connectionTimeout);
    this.#timer ??= this.#timers.setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#isStale()) this.endUsers();
        for (const stream of [...this.#open]) stream.check();
        if (this.#open.size > 0) this.#startTimer();
      },
      Math.min(interval / CHECKS_PER_INTERVAL, MAX_CHECK_INTERVAL),
    );
  }
}

const revoked = (): StatusError => invalidCredentials(new Error('The token is revoked.'));
