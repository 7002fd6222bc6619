import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { invalidArgument, resourceExhausted, type StatusError, unavailable } from '@telestack/errors';
import { isNoResponders, JsErrorCode, toBusError } from './errors.ts';
import { toNatsHeaders } from './headers.ts';

export interface PublishOptions {
  /** Within the stream's duplicate window a message with a known id is acknowledged and not stored again. */
  msgId?: string;
  headers?: Record<string, string>;
  /** Store only if the stream's newest message has this id; else FAILED_PRECONDITION. Keeps concurrent publishes in order. */
  expectLastMsgId?: string;
  /** Limit on one attempt; default 2 s. */
  timeoutMs?: number;
  /** Limit on all attempts; default 30 s. */
  deadlineMs?: number;
}

export interface PublishAck {
  sequence: number;
  /** The message was there already. */
  duplicate: boolean;
}

interface PubAckReply {
  seq?: number;
  duplicate?: boolean;
  error?: { code: number; err_code: number; description: string };
}

/** Publishes that wait for their acknowledgement; each holds its bytes. */
const MAX_IN_FLIGHT = 1_024;
const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;
const MIN_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;

/** Publishes to one stream, until acknowledged or out of time. */
export class Publisher {
  readonly #nc: NatsConnection;
  readonly #subject: string;
  readonly #ensureStream: () => Promise<void>;
  readonly #decoder = new TextDecoder();
  /** Rejects what waits for an answer. Functions of promises alone: a closure of ours would keep the message past its time. */
  readonly #lost = new Set<(reason: StatusError) => void>();
  #inFlight = 0;
  #inFlightBytes = 0;

  constructor(nc: NatsConnection, subject: string, ensureStream: () => Promise<void>) {
    this.#nc = nc;
    this.#subject = subject;
    this.#ensureStream = ensureStream;
  }

  async publish(bytes: Uint8Array, options: PublishOptions): Promise<PublishAck> {
    const maxPayload = this.#nc.info?.max_payload;
    if (maxPayload !== undefined && bytes.length > maxPayload) {
      throw invalidArgument(`The message has ${bytes.length} bytes; the bus takes ${maxPayload}.`);
    }
    if (this.#inFlight >= MAX_IN_FLIGHT || this.#inFlightBytes + bytes.length > MAX_IN_FLIGHT_BYTES) {
      throw resourceExhausted('Too many messages wait for the message bus.');
    }
    this.#inFlight++;
    this.#inFlightBytes += bytes.length;
    try {
      return await this.#untilAcknowledged(bytes, options);
    } finally {
      this.#inFlight--;
      this.#inFlightBytes -= bytes.length;
    }
  }

  /** The connection is new: what waits for an answer over the old one is tried again now, not at its time limit. */
  onReconnect(): void {
    for (const lose of this.#lost) lose(unavailable('The connection was lost.'));
  }

  async #untilAcknowledged(bytes: Uint8Array, options: PublishOptions): Promise<PublishAck> {
    const end = Date.now() + (options.deadlineMs ?? 30_000);
    for (let backoffMs = MIN_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      const attempt = await this.#attempt(bytes, options, end - Date.now());
      if ('sequence' in attempt) return attempt;
      const waitMs = backoffMs * (0.5 + Math.random());
      if (!isTransient(attempt.error) || this.#nc.isClosed() || Date.now() + waitMs >= end)
        throw attempt.error;
      await delay(waitMs);
      // Nobody keeps the subject: the stream was deleted, or JetStream is still starting, which fails this as well.
      if (isNoResponders(attempt.error.cause)) await this.#ensureStream().catch(() => {});
    }
  }

  async #attempt(
    bytes: Uint8Array,
    options: PublishOptions,
    leftMs: number,
  ): Promise<PublishAck | { error: StatusError }> {
    const headers: Record<string, string> = { ...options.headers };
    if (options.msgId !== undefined) headers['Nats-Msg-Id'] = options.msgId;
    if (options.expectLastMsgId !== undefined) headers['Nats-Expected-Last-Msg-Id'] = options.expectLastMsgId;
    const lost = Promise.withResolvers<never>();
    this.#lost.add(lost.reject);
    try {
      const request = this.#nc.request(this.#subject, bytes, {
        timeout: Math.max(1, Math.min(options.timeoutMs ?? 2_000, leftMs)),
        headers: toNatsHeaders(headers),
      });
      const reply = await Promise.race([request, lost.promise]);
      const ack = JSON.parse(this.#decoder.decode(reply.data)) as PubAckReply;
      if (ack.error !== undefined) return { error: toBusError(new JetStreamApiError(ack.error)) };
      if (ack.seq === undefined)
        return { error: toBusError(new Error('An acknowledgement without a sequence')) };
      return { sequence: ack.seq, duplicate: ack.duplicate === true };
    } catch (error) {
      return { error: toBusError(error) };
    } finally {
      this.#lost.delete(lost.reject);
    }
  }
}

/** Worth another attempt: anything but a refusal that will be repeated. */
function isTransient(error: StatusError): boolean {
  const { cause } = error;
  if (!(cause instanceof JetStreamApiError)) return true;
  const { code, err_code: jsCode } = cause.apiError();
  return code >= 500 || jsCode === JsErrorCode.STREAM_NOT_FOUND;
}
