import type { ChangeStreamOptions } from './change-stream.ts';

/** Messages of a whole retention window at full load; beyond it the oldest go first. */
const STREAM_BYTES = 4 * 1024 ** 3;
/** The relay repeats what it has not seen acknowledged; within this time the stream stores it once. */
const DUPLICATE_WINDOW_MS = 120_000;

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
