import { ROOT } from '../case.ts';
import type { Message } from '../wire.ts';

/** A target as it is sent, without resume token: the session adds that. */
export interface ListenTarget extends Message {
  targetId: number;
}

export type Action =
  | { do: 'commit'; writes: Message[] }
  | { do: 'add'; target: ListenTarget }
  | { do: 'remove'; targetId: number }
  /** Closes the stream, commits meanwhile, and comes back with resume tokens. */
  | { do: 'reconnect'; writes: Message[]; expectCount: boolean };

export interface ListenCase {
  kind: 'listen';
  setup: Message[];
  targets: ListenTarget[];
  actions: Action[];
}

/**
 * Every commit also writes this document, and every stream listens to it: when its newest state has come with a global
 * snapshot, everything of that commit must have come as well.
 */
export const BARRIER = `${ROOT}/barrier/b`;
export const BARRIER_TARGET = 1000;

export function barrierWrite(count: number): Message {
  return { update: { name: BARRIER, fields: { count: { integerValue: String(count) } } } };
}
