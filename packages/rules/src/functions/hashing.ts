import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { builtin } from './signature.ts';

const bytesOf = (input: Uint8Array | string): Uint8Array =>
  typeof input === 'string' ? Buffer.from(input, 'utf8') : input;

function littleEndian(checksum: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(checksum);
  return bytes;
}

/** Castagnoli's polynomial, reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC32C[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const hash = (name: string, run: (bytes: Uint8Array) => Uint8Array) =>
  builtin<[Uint8Array | string]>([`hashing.${name}(bytes)`, `hashing.${name}(string)`], (input) =>
    run(bytesOf(input)),
  );

/** `hashing.*`; strings are hashed as UTF-8. */
export const hashingFunctions = {
  crc32: hash('crc32', (bytes) => littleEndian(crc32(bytes))),
  crc32c: hash('crc32c', (bytes) => littleEndian(crc32c(bytes))),
  md5: hash('md5', (bytes) => createHash('md5').update(bytes).digest()),
  sha256: hash('sha256', (bytes) => createHash('sha256').update(bytes).digest()),
};
