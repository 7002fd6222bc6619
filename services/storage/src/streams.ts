import { type ChangeStreamOptions, notificationSubject } from '@telestack/bus';

/** NATS sets this much aside for each stream; what does not fit any more is found by reconciliation. */
const STREAM_BYTES = 64 * 1024 ** 2;
const DAY_MS = 24 * 3_600_000;
const DUPLICATE_WINDOW_MS = 120_000;

/** What the object store tells of changes in its buckets. */
export function notificationStream(streamName: string): ChangeStreamOptions {
  return {
    name: `${streamName}_s3`,
    subject: notificationSubject(streamName),
    maxAgeMs: DAY_MS,
    maxBytes: STREAM_BYTES,
    duplicateWindowMs: DUPLICATE_WINDOW_MS,
  };
}

/** What the service tells of objects. */
export function objectEventStream(streamName: string): ChangeStreamOptions {
  return {
    name: `${streamName}_storage`,
    subject: `${streamName}.storage.objects`,
    maxAgeMs: DAY_MS,
    maxBytes: STREAM_BYTES,
    duplicateWindowMs: DUPLICATE_WINDOW_MS,
  };
}
