import { isUtf8 } from 'node:buffer';
import { invalidArgument, type StatusError } from '@telestack/errors';

export const malformedMessage = (): StatusError => invalidArgument('Invalid protobuf byte sequence.');

const LONG_TEXT = 24;

/** Reads protobuf's wire format within one message; every overrun is INVALID_ARGUMENT. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  pos: number;
  /** End of the message that is being read. */
  end: number;
  /** The last 64-bit varint, in two's complement. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, pos: number, end: number) {
    if (end > bytes.length) throw malformedMessage();
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = pos;
    this.end = end;
  }

  #byte(): number {
    if (this.pos >= this.end) throw malformedMessage();
    return this.#bytes[this.pos++]!;
  }

  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    this.#varint64(first);
    return this.low >>> 0;
  }

  bool(): boolean {
    this.varint64();
    return (this.low | this.high) !== 0;
  }

  /** Reads a varint into `low` and `high`. */
  varint64(): void {
    this.#varint64(this.#byte());
  }

  #varint64(first: number): void {
    let byte = first;
    this.low = byte & 0x7f;
    this.high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift >= 70) throw malformedMessage();
      byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 32) this.low |= bits << shift;
      if (shift === 28) this.high |= bits >>> 4;
      else if (shift > 28) this.high |= bits << (shift - 32);
    }
  }

  /** A signed 64-bit integer as a number, for values that are range-checked afterwards. */
  int64AsNumber(): number {
    this.varint64();
    return (this.high | 0) * 0x1_0000_0000 + (this.low >>> 0);
  }

  double(): number {
    if (this.pos + 8 > this.end) throw malformedMessage();
    this.pos += 8;
    return this.#view.getFloat64(this.pos - 8, true);
  }

  /** Reads a length and narrows the reader to it; returns the end to give back to `leave`. */
  enter(): number {
    const length = this.uint32();
    const outer = this.end;
    if (length > outer - this.pos) throw malformedMessage();
    this.end = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.pos = this.end;
    this.end = outer;
  }

  #take(): number {
    const length = this.uint32();
    const start = this.pos;
    if (length > this.end - start) throw malformedMessage();
    this.pos = start + length;
    return start;
  }

  base64(): string {
    const start = this.#take();
    return this.#bytes.toString('base64', start, this.pos);
  }

  string(): string {
    const start = this.#take();
    const end = this.pos;
    const bytes = this.#bytes;
    if (end - start <= LONG_TEXT) {
      let text = '';
      let i = start;
      for (; i < end; i++) {
        const byte = bytes[i]!;
        if (byte > 0x7f) break;
        text += String.fromCharCode(byte);
      }
      if (i === end) return text;
    }
    if (!isUtf8(bytes.subarray(start, end))) throw invalidArgument('String value is not valid UTF-8.');
    return bytes.toString('utf8', start, end);
  }

  /** Skips a field of the given tag. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case 0:
        this.varint64();
        return;
      case 1:
        this.#advance(8);
        return;
      case 2:
        this.#take();
        return;
      case 3:
        this.#skipGroup(tag, depth);
        return;
      case 5:
        this.#advance(4);
        return;
      default:
        throw malformedMessage();
    }
  }

  #advance(length: number): void {
    if (length > this.end - this.pos) throw malformedMessage();
    this.pos += length;
  }

  #skipGroup(tag: number, depth: number): void {
    if (depth > 32) throw malformedMessage();
    for (;;) {
      const inner = this.uint32();
      if ((inner & 7) === 4) {
        if (inner >>> 3 !== tag >>> 3) throw malformedMessage();
        return;
      }
      this.skip(inner, depth + 1);
    }
  }
}
