import { randomUUID } from 'node:crypto';
import { describe, inject } from 'vitest';

// Keeps the client library from looking for a cloud machine's metadata server.
process.env.METADATA_SERVER_DETECTION ??= 'none';

/** `host:port` of the server under test; empty when there is none. */
export const target = inject('target');

/** A suite that needs a server: skipped where there is none. */
export const describeTarget = describe.skipIf(!target);

/** True for Google's emulator, which lacks partitions, explain and more of what production has. */
export const isEmulator = inject('emulator');

/** A project of its own, so that tests beside each other do not meet. */
export function freshProject(): string {
  return `e2e-${randomUUID().slice(0, 8)}`;
}

export function hostAndPort(address = target): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}
