const INITIAL = 64 * 1024;
/** A scratch buffer that grew beyond this is given back after use. */
const KEEP = 4 * 1024 * 1024;
const SHORT_TEXT = 32;

let buffer = Buffer.allocUnsafeSlow(INITIAL);
let view = new DataView(buffer.buffer);
let pos = INITIAL;

/**
 * Writes protobuf's wire format back to front: lengths are known when they are written, so nothing moves. One scratch
 * buffer serves all calls: writing is synchronous, between `begin` and `finish`.
 */
export function begin(): void {
  if (buffer.length > KEEP) {
    buffer = Buffer.allocUnsafeSlow(INITIAL);
    view = new DataView(buffer.buffer);
  }
  pos = buffer.length;
}

/** How much has been written: the difference of two marks is a length. */
export function mark(): number {
  return buffer.length - pos;
}

/** A copy of what was written. */
export function finish(): Buffer {
  return Buffer.from(buffer.subarray(pos));
}

/** What was written, valid until the next `begin`. */
export function peek(): Uint8Array {
  return buffer.subarray(pos);
}

function reserve(bytes: number): void {
  if (pos >= bytes) return;
  const used = buffer.length - pos;
  const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + bytes));
  buffer.copy(grown, grown.length - used, pos);
  pos = grown.length - used;
  buffer = grown;
  view = new DataView(grown.buffer);
}

export function writeByte(byte: number): void {
  reserve(1);
  buffer[--pos] = byte;
}

/** A tag below 16,384. */
export function writeTag(tag: number): void {
  reserve(2);
  if (tag < 0x80) {
    buffer[--pos] = tag;
  } else {
    buffer[--pos] = tag >>> 7;
    buffer[--pos] = (tag & 0x7f) | 0x80;
  }
}

export function writeUint32(value: number): void {
  reserve(5);
  if (value < 0x80) {
    buffer[--pos] = value;
    return;
  }
  let size = 2;
  for (let rest = value >>> 14; rest > 0; rest >>>= 7) size++;
  pos -= size;
  let at = pos;
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at] = rest;
}

/** A 64-bit varint from two's complement halves. */
export function writeVarint64(low: number, high: number): void {
  reserve(10);
  let lo = low >>> 0;
  let hi = high >>> 0;
  let size = 1;
  if (hi === 0) for (let rest = lo >>> 7; rest > 0; rest >>>= 7) size++;
  else if (hi < 8) size = 5;
  else {
    size = 5;
    for (let rest = hi >>> 3; rest > 0; rest >>>= 7) size++;
  }
  pos -= size;
  let at = pos;
  for (let i = 1; i < size; i++) {
    buffer[at++] = (lo & 0x7f) | 0x80;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  buffer[at] = lo;
}

/** An integer within ±(2^53 - 1) as an int64. */
export function writeInt(value: number): void {
  if (value >= 0 && value <= 0x7fffffff) writeUint32(value);
  else writeVarint64(value >>> 0, Math.floor(value / 0x1_0000_0000));
}

export function writeBigInt(value: bigint): void {
  writeVarint64(Number(BigInt.asUintN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

export function writeDouble(value: number): void {
  reserve(8);
  pos -= 8;
  view.setFloat64(pos, value, true);
}

export function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length + 5);
  pos -= bytes.length;
  buffer.set(bytes, pos);
  writeUint32(bytes.length);
}

/** Text and its length. */
export function writeString(text: string): void {
  const length = text.length;
  if (length <= SHORT_TEXT) {
    reserve(SHORT_TEXT + 1);
    let at = pos;
    let i = length - 1;
    for (; i >= 0; i--) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      buffer[--at] = unit;
    }
    if (i < 0) {
      buffer[--at] = length;
      pos = at;
      return;
    }
  }
  const bytes = Buffer.byteLength(text, 'utf8');
  reserve(bytes + 5);
  pos -= bytes;
  buffer.write(text, pos, bytes, bytes === length ? 'latin1' : 'utf8');
  writeUint32(bytes);
}
