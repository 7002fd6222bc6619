import type { ChangeStreamOptions } from './change-stream.ts';

/**
 * A million small changes; beyond it the oldest go first, and who wanted them reads again. NATS sets this much aside for each stream, so it decides how
 * many projects a server takes.
 */
const STREAM_BYTES = 512 * 1024 ** 2;
/** The relay repeats what it has not seen acknowledged; within this time the stream stores it once. */
const DUPLICATE_WINDOW_MS = 120_000;

/** Below it are answers and messages for services: whoever else is in their account need not hear them. */
export const INBOX_PREFIX = '_INBOX.telestack';

/** Where the object store publishes what changes in its buckets. */
export function notificationSubject(streamName: string): string {
  return `${streamName}.s3`;
}

/** The change stream by its name, the same for whoever opens it; `retentionMs` bounds how far back it reaches. */
export function changeStreamSettings(name: string, retentionMs: number): ChangeStreamOptions {
  return {
    name,
    subject: `${name}.changes`,
    maxAgeMs: retentionMs,
    maxBytes: STREAM_BYTES,
    duplicateWindowMs: DUPLICATE_WINDOW_MS,
  };
}
