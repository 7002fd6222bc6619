import { randomBytes } from 'node:crypto';
import { invalidArgument } from '@telestack/errors';

/**
 * What a transaction's token says, which is a UUID of 16 bytes that is opaque to clients. One of version 7 is a read-write transaction: its state is in
 * PostgreSQL. One of version 8 is read-only and ends in its read time (7 bytes), so that any replica can go on with it, even after a crash.
 */
export interface Token {
  readonly id: string;
  readonly bytes: Buffer;
  readonly readOnly: boolean;
  /** Milliseconds; when the transaction began. */
  readonly startTime: number;
  /** Microseconds; of a read-only transaction. */
  readonly readTime: number | undefined;
}

const READ_TIME_AT = 9;
const READ_TIME_MASK = 2n ** 56n - 1n;

/** A new transaction's token; `readTime` (microseconds) makes it a read-only one. */
export function newToken(readTime?: number): Token {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | (readTime === undefined ? 0x70 : 0x80);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  if (readTime !== undefined) {
    const random = bytes.readBigUInt64BE(8) & ~READ_TIME_MASK;
    bytes.writeBigUInt64BE(random | BigInt(readTime), 8);
  }
  return parseToken(bytes);
}

/** @throws StatusError INVALID_ARGUMENT */
export function parseToken(token: Uint8Array): Token {
  if (token.length !== 16) throw invalidArgument('Invalid transaction.');
  const bytes = Buffer.from(token);
  const id = bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  const readOnly = bytes[6]! >> 4 === 8;
  const readTime = readOnly
    ? bytes.readUIntBE(READ_TIME_AT, 1) * 2 ** 48 + bytes.readUIntBE(READ_TIME_AT + 1, 6)
    : undefined;
  return { id, bytes, readOnly, startTime: bytes.readUIntBE(0, 6), readTime };
}
