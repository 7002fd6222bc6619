import { createHash } from 'node:crypto';

const VERSION = 1;
/** version, read time, check */
const LENGTH = 1 + 8 + 8;

/**
 * A resume token: the read time of a snapshot of a stream. It belongs to all targets of the stream (the global NO_CHANGE carries one token for
 * all), so it names the database but no target. The check makes a token of another database, another server or a damaged
 * one useless; it is no secret, for a token says nothing but a time.
 */
export function encodeResumeToken(database: string, readTime: number): Buffer {
  const token = Buffer.alloc(LENGTH);
  token[0] = VERSION;
  token.writeBigInt64BE(BigInt(readTime), 1);
  check(database, token).copy(token, 9);
  return token;
}

/** The read time in microseconds, or undefined for what is not a token of ours for this database. */
export function decodeResumeToken(database: string, token: Uint8Array): number | undefined {
  const bytes = Buffer.from(token.buffer, token.byteOffset, token.byteLength);
  if (bytes.length !== LENGTH || bytes[0] !== VERSION) return undefined;
  if (!check(database, bytes).equals(bytes.subarray(9))) return undefined;
  return Number(bytes.readBigInt64BE(1));
}

function check(database: string, token: Buffer): Buffer {
  return createHash('sha256').update(token.subarray(0, 9)).update(database).digest().subarray(0, 8);
}
