import { setTimeout as sleep } from 'node:timers/promises';
import { type PgOutputMessage, type ReplicationStream, SlotInUseError } from '@telestack/pg';
import { toTimestamp } from '../commit/execute.ts';
import type { Queryable } from '../database.ts';
import { type AssembledTransaction, TransactionAssembler } from './assemble.ts';
import { encodeBatch, toBatches } from './split.ts';

/** Where batches go: the change stream of JetStream. */
export interface ChangePublisher {
  /** Resolves when the message is stored. A message with a known id is not stored twice. */
  publish(message: Uint8Array, options: { msgId: string }): Promise<unknown>;
  /** `time` of the newest stored batch. */
  lastTime(): Promise<number | undefined>;
}

export interface RelayOptions {
  readonly database: Queryable;
  readonly publisher: ChangePublisher;
  /** Opens the replication slot; rejects while another replica reads it. */
  readonly open: (
    onMessage: (message: PgOutputMessage) => void | Promise<void>,
  ) => Promise<ReplicationStream>;
  /** An idle database gets a commit without changes this often, so that read times go on; milliseconds. */
  readonly heartbeatInterval: number;
  readonly log: (message: string, error?: unknown) => void;
  /** Of a larger transaction only the time is told. Default 128 MiB, as it is in memory. */
  readonly maxTransactionBytes?: number;
}

/** Batches, and their bytes, that may be on their way to JetStream: latency is hidden without holding much in memory. */
const IN_FLIGHT = 256;
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * Publishes every transaction of the write-ahead log to the change stream, in order, and confirms it to PostgreSQL once it is stored there.
 * The slot has one reader: of several replicas one relays, the others wait. After any failure it starts again from what was confirmed; message
 * ids and batch times make repeats harmless.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #stop = new AbortController();
  #stream: ReplicationStream | undefined;
  #running: Promise<void> | undefined;
  #leading = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Whether this replica is the one that relays. */
  get isLeading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#stream?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    let wait = FIRST_RETRY_MS;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#relay(() => {
          wait = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // That another replica relays is as it should be.
        if (!(error instanceof SlotInUseError)) this.#options.log('The change relay starts again.', error);
      } finally {
        this.#leading = false;
      }
      await sleep(wait * (0.5 + Math.random()), undefined, { signal: this.#stop.signal }).catch(() => {});
      wait = Math.min(wait * 2, LONGEST_RETRY_MS);
    }
  }

  async #relay(onProgress: () => void): Promise<void> {
    const { publisher, open } = this.#options;
    const storedTime = (await publisher.lastTime()) ?? Number.NEGATIVE_INFINITY;
    let previousTime: number | undefined;
    const { maxTransactionBytes } = this.#options;
    let assembler = new TransactionAssembler(maxTransactionBytes);
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => {});
    // This run's own: what is acknowledged after its end says nothing to the next one's.
    let confirm: ReplicationStream['confirm'] | undefined;
    const inFlight = new InFlight((lsn) => {
      confirm?.(lsn);
      onProgress();
    });

    const onCommit = async (lsn: bigint, transaction: AssembledTransaction | undefined): Promise<void> => {
      if (!transaction || transaction.time <= storedTime) return inFlight.add(lsn, 0, Promise.resolve());
      const before = previousTime ?? (await this.#before(transaction, storedTime));
      // A predecessor that nobody has seen: who listens reads again.
      const batches = toBatches(transaction, transaction.isCut ? transaction.time : before, lsn);
      previousTime = transaction.time;
      for (const batch of batches) {
        const message = encodeBatch(batch);
        const stored = publisher.publish(message, { msgId: `${lsn}-${batch.part}` });
        stored.catch(failure.reject);
        await inFlight.add(batch.lastPart ? lsn : undefined, message.length, stored);
      }
    };

    const stream = await open((message) => {
      if (message.tag === 'begin') assembler = new TransactionAssembler(maxTransactionBytes);
      else if (message.tag === 'commit') return onCommit(message.endLsn, assembler.finish());
      else assembler.add(message);
      return undefined;
    });
    if (this.#stop.signal.aborted) {
      await stream.close();
      return;
    }
    this.#stream = stream;
    confirm = (lsn) => stream.confirm(lsn);
    this.#leading = true;
    const heartbeat = setInterval(() => this.#heartbeat(), this.#options.heartbeatInterval);
    try {
      await Promise.race([stream.done, failure.promise]);
    } finally {
      clearInterval(heartbeat);
      confirm = undefined;
      await stream.close();
      this.#stream = undefined;
    }
  }

  /**
   * The predecessor of the first transaction that is relayed. Where the stream's last one is not what the database has before it (the slot was made
   * anew and has missed something, the database was restored), it is one that nobody has seen: whoever listens reads again.
   */
  async #before({ time, commits }: AssembledTransaction, storedTime: number): Promise<number> {
    const first = Number(commits[0]?.time ?? time);
    const { rows } = await this.#options.database.query<{ time_us: number | null }>(
      `SELECT (extract(epoch FROM max(time)) * 1000000)::bigint AS time_us FROM telestack.commits WHERE time < $1`,
      [toTimestamp(first)],
    );
    if (Number(rows[0]?.time_us ?? 0) === storedTime) return storedTime;
    if (Number.isFinite(storedTime))
      this.#options.log(
        'The change stream does not end where the replication slot begins: listeners read again.',
      );
    return first - 1;
  }

  #heartbeat(): void {
    const age = `${this.#options.heartbeatInterval} milliseconds`;
    this.#options.database
      .query('SELECT telestack.heartbeat($1::interval)', [age])
      .catch((error) => this.#options.log('No heartbeat was written.', error));
  }
}

/** Publications that are not acknowledged yet, in order. */
class InFlight {
  readonly #onDone: (lsn: bigint) => void;
  #entries: { lsn: bigint | undefined; bytes: number; done: boolean }[] = [];
  #bytes = 0;
  #room: (() => void) | undefined;

  constructor(onDone: (lsn: bigint) => void) {
    this.#onDone = onDone;
  }

  get #isFull(): boolean {
    return this.#entries.length >= IN_FLIGHT || this.#bytes >= IN_FLIGHT_BYTES;
  }

  /** Waits while too much is under way. */
  async add(lsn: bigint | undefined, bytes: number, stored: Promise<unknown>): Promise<void> {
    const entry = { lsn, bytes, done: false };
    this.#entries.push(entry);
    this.#bytes += bytes;
    stored.then(
      () => {
        entry.done = true;
        this.#advance();
      },
      () => this.#room?.(),
    );
    if (!this.#isFull) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  #advance(): void {
    let lsn: bigint | undefined;
    while (this.#entries[0]?.done) {
      const entry = this.#entries.shift()!;
      this.#bytes -= entry.bytes;
      lsn = entry.lsn ?? lsn;
    }
    if (lsn !== undefined) this.#onDone(lsn);
    if (!this.#isFull) this.#room?.();
  }
}
