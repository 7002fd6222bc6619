import { setTimeout as delay } from 'node:timers/promises';
import { CopyBoth } from './copy-both.ts';
import { toSlotError } from './errors.ts';
import { decodeFrame, encodeStatus } from './frames.ts';
import { Inbox } from './inbox.ts';
import { formatLsn, type Lsn } from './lsn.ts';
import type { PgOutputMessage } from './messages.ts';
import { PgOutputDecoder } from './pgoutput.ts';
import { Progress } from './progress.ts';

export interface ReplicationOptions {
  connectionString: string;
  slot: string;
  /** Names of publications of the database. */
  publication: string | readonly string[];
  /**
   * Called for each message in the log's order, never twice at a time: a returned promise delays the next. `lsn` is the position
   * of the message; a transaction is done once its commit's `endLsn` is confirmed. If it throws, the stream ends with that error.
   */
  onMessage: (lsn: Lsn, message: PgOutputMessage) => void | Promise<void>;
  /** Also deliver what pg_logical_emit_message writes. Default false. */
  messages?: boolean;
  /** Create a slot that lives as long as this stream, from "now" on. Default false. */
  temporary?: boolean;
  applicationName?: string;
  /** How often the server hears of our progress; default 5 s. */
  statusIntervalMs?: number;
  /** The server is taken for dead after this long without a sign of life; default 30 s. */
  receiveTimeoutMs?: number;
  connectTimeoutMs?: number;
}

export interface ReplicationStream {
  /** The log up to here is safe with the caller: the slot may forget it. */
  confirm(lsn: Lsn): void;
  /** Resolves after close(); rejects when the connection is lost or the caller's handler throws. */
  readonly done: Promise<void>;
  /** Ends the stream, telling the server the last confirmed position first. Safe to call twice. */
  close(): Promise<void>;
}

/** Undelivered messages at which the socket is paused. */
const MAX_QUEUED = 1_000;
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Reads a logical replication slot. Rejects with SlotInUseError while another session reads it, with SlotLostError when it is
 * gone. Changes that were not confirmed are sent again to the next reader.
 */
export async function startReplication(options: ReplicationOptions): Promise<ReplicationStream> {
  const decoder = new PgOutputDecoder();
  const progress = new Progress();
  const inbox = new Inbox(options.onMessage, { maxItems: MAX_QUEUED, maxBytes: MAX_QUEUED_BYTES });
  const copy = new CopyBoth({
    connectionString: options.connectionString,
    applicationName: options.applicationName ?? 'telestack-replication',
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    onData: (chunk) => receive(chunk),
  });

  let heardAt = Date.now();
  const sendStatus = (wantsReply = false) =>
    copy.send(
      encodeStatus({
        received: progress.received,
        confirmed: progress.confirmed,
        now: Date.now(),
        wantsReply,
      }),
    );

  function receive(chunk: Uint8Array): void {
    heardAt = Date.now();
    const frame = decodeFrame(chunk);
    if (frame.kind === 'keepalive') {
      // Everything before the keepalive was decoded already, though perhaps not handled: `delivered` covers it.
      progress.keepalive(frame.endLsn);
      if (frame.wantsReply) sendStatus();
      return;
    }
    const message = decoder.decode(frame.payload);
    if (message.tag === 'begin') progress.begin();
    else if (message.tag === 'commit') progress.deliver(message.endLsn);
    else if (message.tag === 'message' && !message.transactional) progress.deliver(message.lsn);
    inbox.push(frame.startLsn, message, frame.payload.length);
    if (inbox.isFull) {
      copy.pause();
      inbox.whenRoom(() => {
        heardAt = Date.now();
        copy.resume();
      });
    }
  }

  try {
    await copy.connect();
    if (options.temporary) {
      await copy.query(
        `CREATE_REPLICATION_SLOT ${quote(options.slot)} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')`,
      );
    }
    await copy.start(startCommand(options));
  } catch (error) {
    await copy.destroy();
    throw toSlotError(error, options.slot);
  }

  const receiveTimeoutMs = options.receiveTimeoutMs ?? 30_000;
  const timer = setInterval(() => {
    const silentMs = copy.isPaused ? 0 : Date.now() - heardAt;
    if (silentMs > receiveTimeoutMs) copy.fail(new Error('Connection terminated: the server is silent'));
    else sendStatus(silentMs > receiveTimeoutMs / 2);
  }, options.statusIntervalMs ?? 5_000);

  let closing = false;
  const done = Promise.race([copy.ended, inbox.failed])
    .catch((error: unknown) => {
      if (!closing) throw toSlotError(error, options.slot);
    })
    .finally(async () => {
      clearInterval(timer);
      inbox.stop();
      await copy.destroy();
    });
  done.catch(() => {}); // whoever cares awaits `done`; close() alone must not raise an unhandled rejection

  return {
    done,
    confirm: (lsn) => {
      // At once, not at the next tick: a restart then repeats less, and the server's log is freed sooner.
      if (progress.confirm(lsn)) sendStatus();
    },
    close: async () => {
      if (!closing) {
        closing = true;
        inbox.stop();
        copy.resume();
        sendStatus();
        copy.finish();
        await Promise.race([copy.ended.catch(() => {}), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
        copy.fail(new Error('Connection terminated'));
      }
      await done.catch(() => {});
    },
  };
}

function startCommand(options: ReplicationOptions): string {
  const names = typeof options.publication === 'string' ? [options.publication] : options.publication;
  const publications = names.map(quote).join(',').replaceAll("'", "''");
  const messages = options.messages ? `, messages 'true'` : '';
  // Position 0/0: from where the slot was last confirmed.
  return `START_REPLICATION SLOT ${quote(options.slot)} LOGICAL ${formatLsn(0n)} (proto_version '1', publication_names '${publications}'${messages})`;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
