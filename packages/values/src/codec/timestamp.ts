import { readInstant } from './decode-value.ts';
import { writeInstant } from './encode-value.ts';
import { type MessageCodec, messageCodec } from './message.ts';
import type { WireReader } from './reader.ts';

/**
 * google.protobuf.Timestamp as microseconds since the epoch; exact up to the year 2255. A time between two microseconds is read as the half
 * between them, so that whoever takes only whole ones can tell.
 */
export type Timestamp = number;

/** Writes the body back to front. */
export function writeMicros(time: Timestamp): void {
  const seconds = Math.floor(time / 1_000_000);
  writeInstant(seconds, time - seconds * 1_000_000);
}

export function readMicros(reader: WireReader): Timestamp {
  const { seconds, nanos } = readInstant(reader);
  const micros = Math.floor(nanos / 1000);
  return seconds * 1_000_000 + micros + (nanos % 1000 === 0 ? 0 : 0.5);
}

export const Timestamp: MessageCodec<Timestamp> = messageCodec<Timestamp>(
  writeMicros,
  readMicros,
  (partial) => (typeof partial === 'number' ? partial : 0),
);
