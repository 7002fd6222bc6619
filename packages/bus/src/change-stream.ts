import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { toBusError } from './errors.ts';
import { type BusHeaders, NO_HEADERS } from './headers.ts';
import { type ConsumeOptions, type Consumption, OrderedConsumer } from './ordered-consumer.ts';
import { type PublishAck, Publisher, type PublishOptions } from './publisher.ts';
import { ensureStream, type StreamSettings, streamInfo } from './stream-config.ts';

export type ChangeStreamOptions = StreamSettings;

export interface StoredMessage {
  bytes: Uint8Array;
  sequence: number;
  headers: BusHeaders;
}

/** One JetStream stream of opaque messages (ChangeBatch, encoded by the caller). */
export class ChangeStream {
  readonly settings: StreamSettings;
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<OrderedConsumer>();

  constructor(nc: NatsConnection, jsm: JetStreamManager, settings: StreamSettings) {
    this.#nc = nc;
    this.#jsm = jsm;
    this.settings = settings;
    this.#publisher = new Publisher(nc, settings.subject, () => this.ensureStream());
  }

  /** Creates the stream or brings it to the settings. UNAVAILABLE when the server does not answer. */
  async ensureStream(): Promise<void> {
    try {
      await ensureStream(this.#jsm, this.settings);
    } catch (error) {
      throw toBusError(error);
    }
  }

  /**
   * Stores a message; resolves once the server has it. Tries again with backoff, also through a restart of the server and the
   * deletion of the stream, until `deadlineMs`; then UNAVAILABLE, with the outcome unknown: publish again with the same `msgId`.
   */
  publish(bytes: Uint8Array, options: PublishOptions = {}): Promise<PublishAck> {
    return this.#publisher.publish(bytes, options);
  }

  /** The newest message, or undefined when the stream is empty or does not exist. */
  async last(): Promise<StoredMessage | undefined> {
    const { name, subject } = this.settings;
    try {
      if ((await streamInfo(this.#jsm, name)) === undefined) return undefined;
      const message = await this.#jsm.streams.getMessage(name, { last_by_subj: subject });
      if (message === null) return undefined;
      return { bytes: message.data, sequence: message.seq, headers: message.header ?? NO_HEADERS };
    } catch (error) {
      throw toBusError(error);
    }
  }

  /**
   * Delivers messages in order, each once. Resolves when the server's side is set up: what is published afterwards is delivered.
   * It then lives through lost connections, restarts, and the deletion of the stream; where it cannot continue exactly,
   * `onReset` is called between the messages before and after the break.
   */
  async consume(options: ConsumeOptions): Promise<Consumption> {
    const consumer = new OrderedConsumer(this.#nc, this.#jsm, this.settings.name, options);
    this.#consumers.add(consumer);
    void consumer.done.catch(() => {}).then(() => this.#consumers.delete(consumer));
    try {
      await consumer.start(options.startTimeoutMs ?? 30_000);
    } catch (error) {
      await consumer.close();
      throw toBusError(error);
    }
    return consumer;
  }

  /** The connection is back; answers and messages may have been missed. */
  onReconnect(): void {
    this.#publisher.onReconnect();
    for (const consumer of this.#consumers) consumer.onReconnect();
  }

  /** Ends all consumers of this object. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
  }
}
