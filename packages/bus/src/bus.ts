import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { unavailable } from '@telestack/errors';
import { ChangeStream, type ChangeStreamOptions } from './change-stream.ts';
import { splitCredentials } from './servers.ts';
import { INBOX_PREFIX } from './settings.ts';

export type BusStatus = 'connected' | 'disconnected' | 'closed';

export interface BusOptions {
  /** nats:// or tls:// URLs; one may carry `user:password@` or `token@`, which then holds for all. */
  servers: string | readonly string[];
  /** A creds file's text: who we are to a server with accounts. Takes the place of what the URLs carry. */
  credentials?: string;
  /** Shown in the server's connection list. */
  name: string;
  /** Limit on the first connection; afterwards it reconnects for ever. Default 10 s. */
  connectTimeoutMs?: number;
  onStatus?: (status: BusStatus) => void;
}

/** A connection to NATS that reconnects for ever, with jitter. */
export interface Bus {
  readonly isConnected: boolean;
  /** Largest message that the server takes, in bytes. */
  readonly maxPayload: number;
  changeStream(options: ChangeStreamOptions): ChangeStream;
  /** Closes the connection; what waits for an answer is rejected. */
  close(): Promise<void>;
}

/** Connects to NATS with JetStream. UNAVAILABLE when no server answers in time. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const nc = await dial(options, connectTimeoutMs);
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 5_000 });
  return new NatsBus(nc, jsm, options.onStatus);
}

async function dial(options: BusOptions, timeoutMs: number): Promise<NatsConnection> {
  const end = Date.now() + timeoutMs;
  const { servers, credentials } = splitCredentials(options.servers);
  const who = options.credentials
    ? { authenticator: credsAuthenticator(new TextEncoder().encode(options.credentials)) }
    : credentials;
  for (;;) {
    try {
      return await connect({
        servers,
        ...who,
        name: options.name,
        inboxPrefix: INBOX_PREFIX,
        timeout: Math.max(100, Math.min(2_000, end - Date.now())),
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        // A stack trace for each request, in case that it fails: they are all ours, in one place.
        noAsyncTraces: true,
        reconnectTimeWait: 100,
        reconnectJitter: 200,
        // A dead peer is noticed after 10 s instead of the default 4 minutes.
        pingInterval: 5_000,
        maxPingOut: 2,
      });
    } catch (error) {
      if (Date.now() + 100 >= end) throw unavailable('The message bus is unavailable.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

class NatsBus implements Bus {
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;
  readonly #streams = new Set<ChangeStream>();
  #isConnected = true;

  constructor(nc: NatsConnection, jsm: JetStreamManager, onStatus?: (status: BusStatus) => void) {
    this.#nc = nc;
    this.#jsm = jsm;
    void this.#watch(onStatus);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get maxPayload(): number {
    return this.#nc.info?.max_payload ?? 1_048_576;
  }

  changeStream(options: ChangeStreamOptions): ChangeStream {
    const stream = new ChangeStream(this.#nc, this.#jsm, options);
    this.#streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams].map((stream) => stream.close()));
    await this.#nc.close();
  }

  async #watch(onStatus?: (status: BusStatus) => void): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (status.type === 'disconnect') {
        this.#isConnected = false;
        onStatus?.('disconnected');
      } else if (status.type === 'reconnect') {
        this.#isConnected = true;
        for (const stream of this.#streams) stream.onReconnect();
        onStatus?.('connected');
      }
    }
    this.#isConnected = false;
    onStatus?.('closed');
  }
}
