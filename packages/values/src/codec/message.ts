import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { malformedMessage, WireReader } from './reader.ts';
import { begin, peek } from './writer.ts';

/** What generated protocol code calls for a message type. */
export interface MessageCodec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  /** @throws StatusError INVALID_ARGUMENT; a `BinaryReader` then stands behind the message. */
  decode(input: BinaryReader | Uint8Array, length?: number): T;
  create(base?: unknown): T;
  /** Messages here have no parts to fill in: takes the message as it is. */
  fromPartial(object: unknown): T;
}

/** A codec out of a function that writes back to front and one that reads up to the reader's end. */
export function messageCodec<T>(
  write: (message: T) => void,
  read: (reader: WireReader) => T,
  fill: (partial: unknown) => T,
): MessageCodec<T> {
  return {
    encode(message, writer = new BinaryWriter()) {
      begin();
      write(message);
      return writer.raw(peek());
    },
    decode(input, length) {
      if (!(input instanceof BinaryReader)) return read(new WireReader(input, 0, length ?? input.length));
      const start = input.pos;
      const end = length === undefined ? input.len : start + length;
      if (end > input.len) throw malformedMessage();
      input.pos = end;
      return read(new WireReader(bytesOf(input), start, end));
    },
    create: (base) => fill(base ?? {}),
    fromPartial: fill,
  };
}

/** The reader's bytes: private in its type only, and a copy of every value would cost more than that protects. */
// biome-ignore-start lint/complexity/useLiteralKeys: only this form reaches a private member
function bytesOf(reader: BinaryReader): Uint8Array {
  return reader['buf'] as Uint8Array;
}
// biome-ignore-end lint/complexity/useLiteralKeys: only this form reaches a private member
