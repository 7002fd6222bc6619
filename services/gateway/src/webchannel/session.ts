import type { ServerResponse } from 'node:http';
import { cancelled, invalidArgument, type StatusError } from '@telestack/errors';
import { errorBody } from '@telestack/http';
import type { Outlet } from '@telestack/rpc';
import { BackChannel } from './back-channel.ts';
import type { ClientMessage } from './form.ts';
import { CLOSE, chunk, NOOP, numbered, openPayload } from './framing.ts';
import { type Budget, Outbox } from './outbox.ts';

/** Units that a session holds for its client before the stream behind it has to wait. */
const OUTBOX_UNITS = 1024 * 1024;
/** The number of the message that opens a session. */
const OPEN_ID = 0;

/** What the stream behind a session gets of its client. */
export interface Inbox {
  /** Takes a message's JSON text. */
  receive(text: string): void;
  /** Resolves when the stream can take more. */
  room(): Promise<void>;
}

/**
 * One WebChannel: a stream in both directions over requests that come and go. Messages to the client stay until it has them; messages
 * of the client are taken once, in order.
 */
export class Session {
  readonly id: string;
  readonly #abort = new AbortController();
  readonly #outbox: Outbox;
  #back: BackChannel | undefined;
  #nextMessage = 0;
  #isAdmitted = false;
  #isFinished = false;
  #inbox: Inbox | undefined;
  #waiting: (() => void)[] = [];
  #idleSince: number;
  readonly #now: () => number;

  constructor(id: string, budget: Budget, now: () => number) {
    this.id = id;
    this.#now = now;
    this.#idleSince = now();
    this.#outbox = new Outbox(OUTBOX_UNITS, budget, OPEN_ID + 1);
  }

  /** Aborted when the session is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Since when no response hangs, in milliseconds of the clock; undefined while one does. */
  get idleSince(): number | undefined {
    return this.#back ? undefined : this.#idleSince;
  }

  /** The answer to the request that opens the session. */
  get opening(): string {
    return chunk(`[${numbered(OPEN_ID, openPayload(this.id))}]`);
  }

  /** Its caller is known, and may call. */
  admit(): void {
    this.#isAdmitted = true;
  }

  /** Whether what its client sends goes to a stream that a known caller has opened. */
  get isAdmitted(): boolean {
    return this.#isAdmitted && !this.#isFinished;
  }

  /** The stream behind the session. To be set before messages are taken. */
  attachInbox(inbox: Inbox): void {
    this.#inbox = inbox;
  }

  /**
   * Takes what a request brought. Messages that came before are left out: a client that does not get its answer sends them again.
   * @throws StatusError INVALID_ARGUMENT when one is missing
   */
  async take(messages: readonly ClientMessage[]): Promise<void> {
    for (const { id, text } of messages) {
      if (id < this.#nextMessage) continue;
      if (id > this.#nextMessage) throw invalidArgument(`Message ${this.#nextMessage} is missing.`);
      this.#nextMessage++;
      this.#inbox?.receive(text);
    }
    this.#touch();
    await this.#inbox?.room();
  }

  /** The client has all messages up to a number. */
  acknowledge(id: number): void {
    this.#touch();
    this.#outbox.acknowledge(id);
    if (this.#outbox.isFull) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The answer to a forward request: whether a response hangs, the newest message's number, and what is not acknowledged. */
  get status(): string {
    return chunk(JSON.stringify([this.#back ? 1 : 0, this.#outbox.lastId, this.#outbox.size]));
  }

  /** Makes a GET the session's back channel, in place of an earlier one. */
  attach(
    response: ServerResponse,
    options: { isStreaming: boolean; afterId: number; pollMs?: number },
  ): void {
    const before = this.#back;
    this.#back = undefined;
    before?.end();
    const source = {
      after: (id: number, limit: number) => this.#outbox.after(id, limit),
      addNoop: () => this.#outbox.push(NOOP),
    };
    const channel = new BackChannel(response, source, options, (ended) => {
      if (this.#back !== ended) return;
      this.#back = undefined;
      this.#touch();
    });
    if (!response.writableEnded) this.#back = channel;
  }

  /** The stream's way to the client. It says that it is behind before it holds more than its share. */
  outlet(toPayload: (message: Uint8Array) => string): Outlet<Uint8Array> {
    const session = this;
    return {
      send(message) {
        if (session.signal.aborted || session.#isFinished) return false;
        session.#push(toPayload(message));
        return !session.#outbox.isFull;
      },
      drained: () => session.#drained(),
      get bufferedBytes() {
        return session.#outbox.size;
      },
    };
  }

  /** The stream has ended: the client learns why. The session stays until the client has read that. */
  finish(error?: StatusError): void {
    if (this.signal.aborted || this.#isFinished) return;
    this.#isFinished = true;
    if (error) this.#push(`[${JSON.stringify(errorBody(error))}]`);
    this.#push(CLOSE);
  }

  /** Ends everything at once. */
  close(): void {
    if (this.signal.aborted) return;
    this.#abort.abort(cancelled('The session has ended.'));
    const back = this.#back;
    this.#back = undefined;
    back?.end();
    this.#outbox.clear();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #push(payload: string): void {
    this.#outbox.push(payload);
    // What comes at once goes out at once.
    queueMicrotask(() => this.#back?.flush());
  }

  #touch(): void {
    this.#idleSince = this.#now();
  }

  async #drained(): Promise<void> {
    while (this.#outbox.isFull && !this.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.signal.throwIfAborted();
  }
}
