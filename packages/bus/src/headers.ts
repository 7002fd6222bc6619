import { headers, type MsgHdrs } from '@nats-io/nats-core';

/** Read-only view of a message's headers; names are case-sensitive as NATS has them. */
export interface BusHeaders {
  /** The first value, or '' when there is none. */
  get(name: string): string;
  has(name: string): boolean;
}

export const NO_HEADERS: BusHeaders = { get: () => '', has: () => false };

/** Headers for the wire; undefined when there are none, which saves the server their parsing. */
export function toNatsHeaders(entries: Record<string, string>): MsgHdrs | undefined {
  const names = Object.keys(entries);
  if (names.length === 0) return undefined;
  const result = headers();
  for (const name of names) result.set(name, entries[name]!);
  return result;
}
