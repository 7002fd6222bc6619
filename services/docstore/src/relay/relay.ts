import { setTimeout as sleep } from 'node:timers/promises';
import type { PgOutputMessage, ReplicationStream } from '@telestack/pg';
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
}

/** Batches that may be on their way to JetStream: latency is hidden without holding much in memory. */
const IN_FLIGHT = 256;
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
        this.#options.log('The change relay starts again.', error);
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
    let assembler = new TransactionAssembler();
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => {});
    const inFlight = new InFlight(IN_FLIGHT, (lsn) => {
      this.#stream?.confirm(lsn);
      onProgress();
    });

    const onCommit = async (lsn: bigint, transaction: AssembledTransaction | undefined): Promise<void> => {
      if (!transaction || transaction.time <= storedTime) return inFlight.add(lsn, Promise.resolve());
      const batches = toBatches(
        transaction,
        previousTime ?? (await this.#before(transaction, storedTime)),
        lsn,
      );
      previousTime = transaction.time;
      for (const batch of batches) {
        const stored = publisher.publish(encodeBatch(batch), { msgId: `${lsn}-${batch.part}` });
        stored.catch(failure.reject);
        await inFlight.add(batch.lastPart ? lsn : undefined, stored);
      }
    };

    const stream = await open((message) => {
      if (message.tag === 'begin') assembler = new TransactionAssembler();
      else if (message.tag === 'commit') return onCommit(message.endLsn, assembler.finish());
      else assembler.add(message);
      return undefined;
    });
    if (this.#stop.signal.aborted) {
      await stream.close();
      return;
    }
    this.#stream = stream;
    this.#leading = true;
    const heartbeat = setInterval(() => this.#heartbeat(), this.#options.heartbeatInterval);
    try {
      await Promise.race([stream.done, failure.promise]);
    } finally {
      clearInterval(heartbeat);
      await stream.close();
      this.#stream = undefined;
    }
  }

  /**
   * The commit before the first that is relayed. The database says so and not the change stream: a slot that was made anew has missed what was
   * committed without it, and whoever has not seen this predecessor reads again.
   */
  async #before({ time, commits }: AssembledTransaction, storedTime: number): Promise<number> {
    const first = Number(commits[0]?.time ?? time);
    const { rows } = await this.#options.database.query<{ time_us: number | null }>(
      `SELECT (extract(epoch FROM max(time)) * 1000000)::bigint AS time_us FROM telestack.commits WHERE time < $1`,
      [toTimestamp(first)],
    );
    const before = Number(rows[0]?.time_us ?? 0);
    if (Number.isFinite(storedTime) && before > storedTime)
      this.#options.log('The replication slot has missed commits: listeners read again.');
    return before;
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
  readonly #limit: number;
  readonly #onDone: (lsn: bigint) => void;
  #entries: { lsn: bigint | undefined; done: boolean }[] = [];
  #room: (() => void) | undefined;

  constructor(limit: number, onDone: (lsn: bigint) => void) {
    this.#limit = limit;
    this.#onDone = onDone;
  }

  /** Waits while too much is under way. */
  async add(lsn: bigint | undefined, stored: Promise<unknown>): Promise<void> {
    const entry = { lsn, done: false };
    this.#entries.push(entry);
    stored.then(
      () => {
        entry.done = true;
        this.#advance();
      },
      () => this.#room?.(),
    );
    if (this.#entries.length < this.#limit) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  #advance(): void {
    let lsn: bigint | undefined;
    while (this.#entries[0]?.done) lsn = this.#entries.shift()!.lsn ?? lsn;
    if (lsn !== undefined) this.#onDone(lsn);
    if (this.#entries.length < this.#limit) this.#room?.();
  }
}
