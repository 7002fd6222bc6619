import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, type ConsumerInfo, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import {
  createInbox,
  type Msg,
  type NatsConnection,
  nanos,
  nuid,
  type Subscription,
} from '@nats-io/nats-core';
import { unavailable } from '@telestack/errors';
import { parseControl, parseDelivery } from './delivery.ts';
import { type BusHeaders, NO_HEADERS } from './headers.ts';
import { type Position, planResume, planStart, type ResetReason, type StartAt } from './resume.ts';
import { SerialQueue } from './serial-queue.ts';
import { INBOX_PREFIX } from './settings.ts';

export interface ConsumeOptions {
  start: StartAt;
  /**
   * Called for each message in order, never twice at a time; a returned promise delays the next and, in the end, the server.
   * `bytes` may be kept. If it throws, the consumption ends.
   */
  onMessage: (bytes: Uint8Array, message: { sequence: number; headers: BusHeaders }) => void | Promise<void>;
  /**
   * Messages were missed. Called in line with onMessage, once delivery goes on from "now" (`expired` within a running stream: from
   * the oldest message left): whoever reads the truth during or after this call and then follows the messages misses nothing.
   */
  onReset?: (reason: ResetReason) => void | Promise<void>;
  /** Limit on the first set-up, which waits for a stream that is not there yet; default 30 s. */
  startTimeoutMs?: number;
  /** The server's sign of life; three missed ones mean that the consumer is gone. Default 500 ms, least 100. */
  heartbeatMs?: number;
}

export interface Consumption {
  /** Resolves after close(); rejects when a handler has thrown. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

const MIN_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;
/** The server removes a consumer that nobody listens to after this time. */
const INACTIVE_MS = 30_000;

/** One server-side consumer and what has come from it; it is thrown away at the first doubt. */
interface Attachment {
  readonly name: string;
  readonly subscription: Subscription;
  /** What arrives while the set-up is still being checked. */
  early: Msg[] | undefined;
  consumerSequence: number;
  heardAt: number;
  /** Resolves when it is of no use any more. */
  readonly broken: PromiseWithResolvers<void>;
}

/**
 * An ordered consumer on ephemeral push consumers. The client library's own one waits for ever when the stream was
 * re-created with smaller sequences, and does not tell of messages that expired unseen; both are this class's purpose.
 */
export class OrderedConsumer implements Consumption {
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;
  readonly #stream: string;
  readonly #options: ConsumeOptions;
  readonly #heartbeatMs: number;
  readonly #queue = new SerialQueue();
  readonly #closing = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  readonly done: Promise<void>;
  #position: Position | undefined;
  #attachment: Attachment | undefined;
  #lastError: unknown;

  constructor(nc: NatsConnection, jsm: JetStreamManager, stream: string, options: ConsumeOptions) {
    this.#nc = nc;
    this.#jsm = jsm;
    this.#stream = stream;
    this.#options = options;
    this.#heartbeatMs = Math.max(100, options.heartbeatMs ?? 500);
    this.#started.promise.catch(() => {});
    this.done = Promise.race([this.#run(), this.#queue.failed]).finally(() => this.#stop());
    this.done.catch(() => {});
  }

  /** Waits for the first set-up. */
  async start(timeoutMs: number): Promise<void> {
    const timeout = delay(timeoutMs, undefined, { signal: this.#closing.signal }).then(() => {
      throw unavailable('The change stream is unavailable.', { cause: this.#lastError });
    });
    timeout.catch(() => {});
    await Promise.race([this.#started.promise, timeout]);
  }

  /** The connection is new: messages may have been missed. */
  onReconnect(): void {
    this.#attachment?.broken.resolve();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.done.catch(() => {});
  }

  #stop(): void {
    this.#closing.abort();
    this.#queue.stop();
    this.#attachment?.broken.resolve();
    this.#started.reject(unavailable('The change stream was closed.'));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoffMs = MIN_BACKOFF_MS;
    while (!signal.aborted && !this.#nc.isClosed()) {
      try {
        await this.#attachAndWait(() => {
          backoffMs = MIN_BACKOFF_MS;
        });
      } catch (error) {
        this.#lastError = error;
      }
      await delay(backoffMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  }

  /** Sets a consumer up and resolves when it has broken. Throws when it could not be set up. */
  async #attachAndWait(onAttached: () => void): Promise<void> {
    const attachment = this.#subscribe();
    const monitor = setInterval(() => {
      const isSettingUp = attachment.early !== undefined; // which has its own time limit
      if (!isSettingUp && Date.now() - attachment.heardAt > this.#heartbeatMs * 3)
        attachment.broken.resolve();
    }, this.#heartbeatMs / 2);
    try {
      // A set-up whose answers went down with the connection must not be waited for.
      const setUp = this.#setUp(attachment).then(onAttached);
      await Promise.race([setUp, attachment.broken.promise]);
      await attachment.broken.promise;
    } finally {
      clearInterval(monitor);
      this.#attachment = undefined;
      attachment.subscription.unsubscribe();
      // It would go by itself; this spares the server sending to nobody.
      if (!this.#nc.isClosed()) this.#jsm.consumers.delete(this.#stream, attachment.name).catch(() => {});
    }
  }

  #subscribe(): Attachment {
    const attachment: Attachment = {
      name: `changes_${nuid.next()}`,
      subscription: this.#nc.subscribe(createInbox(INBOX_PREFIX), {
        callback: (error, msg) => {
          if (error) attachment.broken.resolve();
          else if (attachment.early !== undefined) attachment.early.push(msg);
          else this.#receive(attachment, msg);
        },
      }),
      early: [],
      consumerSequence: 0,
      heardAt: Date.now(),
      broken: Promise.withResolvers<void>(),
    };
    this.#attachment = attachment;
    return attachment;
  }

  async #setUp(attachment: Attachment): Promise<void> {
    const before = await this.#jsm.streams.info(this.#stream);
    const plan = this.#position ? planResume(this.#position, before) : planStart(this.#options.start, before);
    const consumer = await this.#jsm.consumers.add(this.#stream, {
      ...plan.config,
      name: attachment.name,
      deliver_subject: attachment.subscription.getSubject(),
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(INACTIVE_MS),
      idle_heartbeat: nanos(this.#heartbeatMs),
      flow_control: true,
    });
    const after = await this.#jsm.streams.info(this.#stream);
    if (after.created !== before.created) throw new Error('The stream was re-created meanwhile');
    if (attachment !== this.#attachment) return;
    attachment.heardAt = Date.now();
    this.#adopt(attachment, before, consumer, plan.reset);
  }

  /** The consumer is good: takes its position over and handles what has come already. */
  #adopt(
    attachment: Attachment,
    stream: StreamInfo,
    consumer: ConsumerInfo,
    reset: ResetReason | undefined,
  ): void {
    if (reset !== undefined || this.#position === undefined) {
      this.#position = { created: stream.created, sequence: firstPosition(attachment, consumer) };
    }
    if (reset !== undefined) this.#reset(reset);
    const early = attachment.early ?? [];
    attachment.early = undefined;
    this.#started.resolve();
    for (const msg of early) this.#receive(attachment, msg);
  }

  #receive(attachment: Attachment, msg: Msg): void {
    // After the first doubt nothing that follows is in order.
    if (attachment !== this.#attachment) return;
    attachment.heardAt = Date.now();
    const control = parseControl(msg);
    if (control === undefined) {
      this.#deliver(attachment, msg);
    } else if (control.kind === 'flow-control') {
      // Answered when everything before it is handled: that is the back-pressure.
      this.#queue.push(() => {
        msg.respond();
      });
    } else if (control.kind === 'heartbeat') {
      if (control.lastConsumerSequence !== attachment.consumerSequence) this.#abandon(attachment);
      // The server waits for an answer to a flow control request that we may never have got.
      else if (control.stalled !== undefined && this.#queue.isIdle) this.#nc.publish(control.stalled);
    } else {
      this.#abandon(attachment);
    }
  }

  #deliver(attachment: Attachment, msg: Msg): void {
    const info = parseDelivery(msg.reply);
    const position = this.#position;
    if (info === undefined || position === undefined) return;
    if (info.consumerSequence !== attachment.consumerSequence + 1) {
      this.#abandon(attachment);
      return;
    }
    attachment.consumerSequence = info.consumerSequence;
    const { streamSequence: sequence } = info;
    if (sequence !== position.sequence + 1) this.#reset('expired');
    position.sequence = sequence;
    const { onMessage } = this.#options;
    this.#queue.push(() => onMessage(msg.data, { sequence, headers: msg.headers ?? NO_HEADERS }));
  }

  #reset(reason: ResetReason): void {
    this.#queue.push(() => this.#options.onReset?.(reason));
  }

  #abandon(attachment: Attachment): void {
    this.#attachment = undefined;
    attachment.broken.resolve();
  }
}

/** The sequence before the first one that the new consumer delivers. */
function firstPosition(attachment: Attachment, consumer: ConsumerInfo): number {
  for (const msg of attachment.early ?? []) {
    const info = parseDelivery(msg.reply);
    if (info !== undefined) return info.streamSequence - 1;
  }
  return consumer.delivered.stream_seq - consumer.delivered.consumer_seq;
}
