import type { Lsn } from './lsn.ts';
import { PG_EPOCH_MICROS, WireReader } from './wire.ts';

/** What the server sends inside COPY BOTH (PostgreSQL documentation, "Streaming Replication Protocol"). */
export type ServerFrame =
  | { readonly kind: 'data'; readonly startLsn: Lsn; readonly endLsn: Lsn; readonly payload: Uint8Array }
  | { readonly kind: 'keepalive'; readonly endLsn: Lsn; readonly wantsReply: boolean };

/** `payload` is a view of `bytes`. */
export function decodeFrame(bytes: Uint8Array): ServerFrame {
  const reader = new WireReader(bytes);
  const type = reader.char();
  if (type === 'w') {
    const startLsn = reader.uint64();
    const endLsn = reader.uint64();
    reader.uint64(); // the server's clock
    return { kind: 'data', startLsn, endLsn, payload: reader.rest() };
  }
  if (type === 'k') {
    const endLsn = reader.uint64();
    reader.uint64();
    return { kind: 'keepalive', endLsn, wantsReply: reader.uint8() === 1 };
  }
  throw new Error(`Unknown replication frame ${JSON.stringify(type)}`);
}

/** A standby status update. `now` is in milliseconds since the Unix epoch. */
export function encodeStatus(status: {
  received: Lsn;
  confirmed: Lsn;
  now: number;
  wantsReply: boolean;
}): Buffer {
  const frame = Buffer.alloc(34);
  frame.write('r', 0, 'latin1');
  frame.writeBigUInt64BE(status.received, 1);
  frame.writeBigUInt64BE(status.confirmed, 9); // flushed: what the slot may forget
  frame.writeBigUInt64BE(status.confirmed, 17); // applied
  frame.writeBigInt64BE(BigInt(status.now * 1_000 - PG_EPOCH_MICROS), 25);
  frame.writeUInt8(status.wantsReply ? 1 : 0, 33);
  return frame;
}
