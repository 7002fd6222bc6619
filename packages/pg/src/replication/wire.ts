/** Microseconds from the Unix epoch to PostgreSQL's (2000-01-01). */
export const PG_EPOCH_MICROS = 946_684_800_000_000;

/** Reads the big-endian fields of PostgreSQL's wire protocol; throws at the end of the bytes. */
export class WireReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#buffer.length - this.#offset;
  }

  #advance(length: number): number {
    const at = this.#offset;
    if (length > this.#buffer.length - at) throw new RangeError('A replication message ends too early');
    this.#offset = at + length;
    return at;
  }

  char(): string {
    return String.fromCharCode(this.uint8());
  }

  expect(char: string): void {
    const found = this.char();
    if (found !== char) throw new Error(`Expected ${char} in a replication message, found ${found}`);
  }

  uint8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#advance(8));
  }

  /** Microseconds since the Unix epoch. */
  time(): number {
    return Number(this.#buffer.readBigInt64BE(this.#advance(8))) + PG_EPOCH_MICROS;
  }

  cstring(): string {
    const end = this.#buffer.indexOf(0, this.#offset);
    if (end < 0) throw new RangeError('A replication message ends too early');
    const text = this.#buffer.toString('utf8', this.#offset, end);
    this.#offset = end + 1;
    return text;
  }

  text(length: number): string {
    const at = this.#advance(length);
    return this.#buffer.toString('utf8', at, at + length);
  }

  /** A copy: the caller may keep it. */
  copy(length: number): Uint8Array {
    const at = this.#advance(length);
    return new Uint8Array(this.#buffer.subarray(at, at + length));
  }

  rest(): Uint8Array {
    return this.#buffer.subarray(this.#advance(this.remaining));
  }
}
