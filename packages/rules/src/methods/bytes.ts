import { method } from '../functions/signature.ts';

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Methods of bytes. */
export const bytesMethods = {
  size: method<[Uint8Array]>(['bytes.size()'], (bytes) => BigInt(bytes.length)),
  /** In the alphabet for URLs, with padding. */
  toBase64: method<[Uint8Array]>(['bytes.toBase64()'], (bytes) =>
    bufferOf(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  ),
  toHexString: method<[Uint8Array]>(['bytes.toHexString()'], (bytes) =>
    bufferOf(bytes).toString('hex').toUpperCase(),
  ),
};
