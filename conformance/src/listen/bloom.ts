import { createHash } from 'node:crypto';
import type { Message } from '../wire.ts';

/**
 * Membership in the bloom filter of an existence filter: MD5 of the document name, two little-endian 64-bit halves, bits
 * counted from the least significant one of each byte (`google/firestore/v1/bloom_filter.proto`).
 */
export function mightContain(filter: Message, name: string): boolean {
  const bits = filter.bits as Message | undefined;
  const bitmap = Buffer.from(String(bits?.bitmap ?? ''), 'base64');
  const size = BigInt(bitmap.length * 8 - Number(bits?.padding ?? 0));
  if (size === 0n) return false;
  const digest = createHash('md5').update(name).digest();
  const first = digest.readBigUInt64LE(0);
  const second = digest.readBigUInt64LE(8);
  for (let i = 0n; i < BigInt(Number(filter.hashCount ?? 0)); i++) {
    const index = Number(((first + i * second) & 0xffffffffffffffffn) % size);
    if (((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) === 0) return false;
  }
  return true;
}
