import { constants, gunzipSync, inflateSync } from 'node:zlib';
import { internal, resourceExhausted, unimplemented } from '@telestack/errors';

/** Compressed-flag and length before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** Takes messages out of a stream's bytes, however these are cut. */
export class MessageReader {
  readonly #encoding: string;
  readonly #maxBytes: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** Of the next message with its prefix; the prefix alone while that is not known. */
  #wantedBytes = PREFIX_BYTES;

  /** @param encoding the call's `grpc-encoding` */
  constructor(encoding: string, maxBytes: number) {
    this.#encoding = encoding;
    this.#maxBytes = maxBytes;
  }

  /** True between messages. */
  get isEmpty(): boolean {
    return this.#restBytes === 0;
  }

  /** The messages that are complete now. @throws StatusError RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL */
  push(chunk: Buffer): Buffer[] {
    if (this.#restBytes + chunk.length < this.#wantedBytes) {
      this.#rest.push(chunk);
      this.#restBytes += chunk.length;
      return [];
    }
    this.#rest.push(chunk);
    let bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest);
    const messages: Buffer[] = [];
    while (bytes.length >= PREFIX_BYTES) {
      const length = bytes.readUInt32BE(1);
      if (length > this.#maxBytes)
        throw resourceExhausted(`Received message larger than max (${length} vs ${this.#maxBytes})`);
      if (bytes.length < PREFIX_BYTES + length) break;
      const body = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
      messages.push(bytes[0] === 0 ? body : this.#decompress(body));
      bytes = bytes.subarray(PREFIX_BYTES + length);
    }
    this.#rest = bytes.length === 0 ? [] : [bytes];
    this.#restBytes = bytes.length;
    this.#wantedBytes = PREFIX_BYTES + (bytes.length < PREFIX_BYTES ? 0 : bytes.readUInt32BE(1));
    return messages;
  }

  #decompress(body: Buffer): Buffer {
    const options = { maxOutputLength: this.#maxBytes, finishFlush: constants.Z_SYNC_FLUSH };
    try {
      if (this.#encoding === 'gzip') return gunzipSync(body, options);
      if (this.#encoding === 'deflate') return inflateSync(body, options);
    } catch (cause) {
      if (cause instanceof RangeError)
        throw resourceExhausted(`Received message that decompresses to a size larger than ${this.#maxBytes}`);
      throw internal('Received a compressed message that cannot be decompressed.', { cause });
    }
    throw unimplemented(`Received a message with unsupported compression: ${this.#encoding}`);
  }
}
