import { sqlState } from '../errors.ts';

/** Another session reads the slot. A slot has one reader, so this is "another replica leads": wait and try again. */
export class SlotInUseError extends Error {
  override readonly name = 'SlotInUseError';
  readonly slot: string;
  /** The server process that serves the other reader, where PostgreSQL names it. */
  readonly activePid: number | undefined;

  constructor(slot: string, activePid: number | undefined, options?: ErrorOptions) {
    super(`The replication slot ${slot} is read by another session`, options);
    this.slot = slot;
    this.activePid = activePid;
  }
}

/** The slot does not exist, or the server has invalidated it because it held too much of the log: changes were missed. */
export class SlotLostError extends Error {
  override readonly name = 'SlotLostError';
  readonly slot: string;

  constructor(slot: string, options?: ErrorOptions) {
    super(`The replication slot ${slot} is missing or was invalidated`, options);
    this.slot = slot;
  }
}

/** The typed error for what PostgreSQL says of a slot; other errors pass unchanged. */
export function toSlotError(thrown: unknown, slot: string): unknown {
  const state = sqlState(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  if (state === '55006') {
    const pid = /PID (\d+)/.exec(message)?.[1];
    return new SlotInUseError(slot, pid === undefined ? undefined : Number(pid), { cause: thrown });
  }
  const isInvalidated = state === '55000' && /replication slot/.test(message);
  if (state === '42704' || isInvalidated) return new SlotLostError(slot, { cause: thrown });
  return thrown;
}
