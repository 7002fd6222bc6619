import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg from 'pg';

/** The parts of pg's connection that replication needs; its type declarations leave them out. */
interface ReplicationConnection extends EventEmitter {
  readonly stream: Socket;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

export interface CopyBothOptions {
  connectionString: string;
  applicationName: string;
  connectTimeoutMs: number;
  /** A CopyData message's content; a view that is valid during the call only. */
  onData: (chunk: Uint8Array) => void;
}

/** A connection in replication mode: plain commands first, then COPY BOTH. */
export class CopyBoth {
  readonly #client: pg.Client;
  readonly #connection: ReplicationConnection;
  /** Resolves when the server has ended the copy as asked by finish(); rejects when the connection fails. */
  readonly ended: Promise<void>;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  #copying = false;

  constructor(options: CopyBothOptions) {
    // pg reads `replication` from its configuration; the declarations do not know it.
    const config: pg.ClientConfig & { replication: string } = {
      connectionString: options.connectionString,
      application_name: options.applicationName,
      connectionTimeoutMillis: options.connectTimeoutMs,
      keepAlive: true,
      replication: 'database',
    };
    this.#client = new pg.Client(config);
    this.#connection = this.#client.connection as unknown as ReplicationConnection;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#settle = { resolve, reject };
    promise.catch(() => {});
    this.#client.on('error', (error) => this.fail(error));
    this.#client.on('end', () => this.fail(new Error('Connection terminated unexpectedly')));
    this.#connection.on('copyData', (message: { chunk: Uint8Array }) => {
      try {
        options.onData(message.chunk);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  /** A replication command that ends by itself. Rows are objects of text. */
  async query(text: string): Promise<Record<string, string | null>[]> {
    return (await this.#client.query<Record<string, string | null>>(text)).rows;
  }

  /** Runs START_REPLICATION; resolves when the server has switched to COPY BOTH. */
  async start(command: string): Promise<void> {
    const started = Promise.withResolvers<void>();
    this.#connection.once('replicationStart', () => {
      this.#copying = true;
      started.resolve();
    });
    // This query is active until the copy ends, so its errors are the stream's.
    this.#client.query(command).then(
      () => {
        started.reject(new Error('The server ended the replication at once'));
        this.#settle.resolve();
      },
      (error: unknown) => {
        started.reject(error);
        this.fail(error);
      },
    );
    await started.promise;
  }

  send(frame: Uint8Array): void {
    if (this.#copying && this.#connection.stream.writable) this.#connection.sendCopyFromChunk(frame);
  }

  /** Asks the server to end the copy; `ended` tells when it has. */
  finish(): void {
    if (!this.#copying) return;
    this.#copying = false;
    if (this.#connection.stream.writable) this.#connection.endCopyFrom();
  }

  get isPaused(): boolean {
    return this.#connection.stream.isPaused();
  }

  pause(): void {
    this.#connection.stream.pause();
  }

  resume(): void {
    this.#connection.stream.resume();
  }

  /** Breaks the connection. */
  fail(error: unknown): void {
    this.#copying = false;
    this.#settle.reject(error);
    this.#connection.stream.destroy();
  }

  /** Frees the connection, whatever its state. */
  async destroy(): Promise<void> {
    this.fail(new Error('Connection terminated'));
    await this.#client.end().catch(() => {});
  }
}
