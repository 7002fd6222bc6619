import { createHash, randomBytes } from 'node:crypto';
import { invalidArgument } from '@telestack/errors';

/**
 * What a transaction's token says, which is opaque to clients. It begins with a UUID of 16 bytes. One of version 7 is a read-write transaction: its state is
 * in PostgreSQL, and there is nothing else in the token. One of version 8 is read-only: it ends in its read time (7 bytes), so that any replica can go on with
 * it, even after a crash, and 8 bytes of a hash of its database follow.
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

const UUID_BYTES = 16;
const READ_ONLY_BYTES = 24;
const READ_TIME_AT = 9;
const READ_TIME_MASK = 2n ** 56n - 1n;

/** The token of a new read-write transaction. */
export function newToken(): Token {
  return parseToken(newUuid(7));
}

/** The token of a new read-only transaction at `readTime` (microseconds). */
export function newReadOnlyToken(database: string, readTime: number): Token {
  const uuid = newUuid(8);
  const random = uuid.readBigUInt64BE(8) & ~READ_TIME_MASK;
  uuid.writeBigUInt64BE(random | BigInt(readTime), 8);
  return parseToken(Buffer.concat([uuid, hashOf(database)]));
}

/** @throws StatusError INVALID_ARGUMENT */
export function parseToken(token: Uint8Array): Token {
  const bytes = Buffer.from(token);
  const readOnly = bytes.length === READ_ONLY_BYTES && versionOf(bytes) === 8;
  if (!readOnly && (bytes.length !== UUID_BYTES || versionOf(bytes) === 8))
    throw invalidArgument('Invalid transaction.');
  const id = bytes
    .toString('hex', 0, UUID_BYTES)
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  const readTime = readOnly
    ? bytes.readUIntBE(READ_TIME_AT, 1) * 2 ** 48 + bytes.readUIntBE(READ_TIME_AT + 1, 6)
    : undefined;
  return { id, bytes, readOnly, startTime: bytes.readUIntBE(0, 6), readTime };
}

/** Whether a read-only transaction is one of a database. Those of read-write ones PostgreSQL knows. */
export function isReadOnlyOf({ bytes, readOnly }: Token, database: string): boolean {
  return readOnly && bytes.subarray(UUID_BYTES).equals(hashOf(database));
}

function newUuid(version: 7 | 8): Buffer {
  const bytes = randomBytes(UUID_BYTES);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

const versionOf = (bytes: Buffer): number => bytes[6]! >> 4;

const hashOf = (database: string): Buffer =>
  createHash('sha256')
    .update(database)
    .digest()
    .subarray(0, READ_ONLY_BYTES - UUID_BYTES);
