import { createHash } from 'node:crypto';
import type { BloomFilter } from '@telestack/protos/google/firestore/v1/bloom_filter.ts';

/**
 * A client that tests n names of removed documents repeats the whole query with probability 1 - (1 - p)^n. At p = 0.01 a name costs 9.6 bits.
 */
const FALSE_POSITIVE_RATE = 0.01;

/**
 * The bloom filter of an existence filter: all names ("projects/p/databases/d/documents/...") that match the target.
 * MD5, split into two little-endian 64-bit halves; h(i) = h1 + i * h2 modulo 2^64, modulo the number of bits; bits from the lowest.
 * Source: google/firestore/v1/bloom_filter.proto and the web SDK's remote/bloom_filter.ts.
 */
export function createBloomFilter(names: Iterable<string>, count: number): BloomFilter {
  // One bit at least: SDKs ignore a filter without bits, and then repeat the query where "nothing is left" was the answer.
  const bitCount = Math.max(1, Math.ceil((-count * Math.log(FALSE_POSITIVE_RATE)) / Math.LN2 ** 2));
  const hashCount = Math.max(1, Math.round((bitCount / Math.max(count, 1)) * Math.LN2));
  return fillBloomFilter(names, bitCount, count === 0 ? 1 : hashCount);
}

/** The filter with given parameters; `createBloomFilter` chooses them. */
export function fillBloomFilter(names: Iterable<string>, bitCount: number, hashCount: number): BloomFilter {
  const bitmap = Buffer.alloc(Math.ceil(bitCount / 8));
  const size = BigInt(bitCount);
  for (const name of names) {
    const digest = createHash('md5').update(name).digest();
    const step = digest.readBigUInt64LE(8);
    let hash = digest.readBigUInt64LE(0);
    for (let i = 0; i < hashCount; i++) {
      const bit = Number(hash % size);
      bitmap[bit >> 3]! |= 1 << (bit & 7);
      hash = BigInt.asUintN(64, hash + step);
    }
  }
  return { bits: { bitmap, padding: bitmap.length * 8 - bitCount }, hashCount };
}
