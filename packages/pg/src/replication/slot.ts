import type { Database } from '../database.ts';
import { sqlState } from '../errors.ts';
import { toSlotError } from './errors.ts';
import { type Lsn, parseLsn } from './lsn.ts';

export interface SlotStatus {
  /** Where a reader would resume: everything before it was confirmed. */
  confirmedLsn: Lsn | undefined;
  /** The oldest log that the slot holds back. */
  restartLsn: Lsn | undefined;
  activePid: number | undefined;
  /** reserved, extended, unreserved or lost (pg_replication_slots). */
  walStatus: string | undefined;
}

/** The state of the slot, or undefined when there is none. */
export async function slotStatus(db: Database, slot: string): Promise<SlotStatus | undefined> {
  const { rows } = await db.query<{
    confirmed: string | null;
    restart: string | null;
    pid: number | null;
    wal: string | null;
  }>(
    `SELECT confirmed_flush_lsn::text AS confirmed, restart_lsn::text AS restart, active_pid AS pid, wal_status AS wal
       FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()`,
    [slot],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    confirmedLsn: row.confirmed === null ? undefined : parseLsn(row.confirmed),
    restartLsn: row.restart === null ? undefined : parseLsn(row.restart),
    activePid: row.pid ?? undefined,
    walStatus: row.wal ?? undefined,
  };
}

/**
 * Creates the slot (pgoutput) when it is missing, and again when the server has invalidated it (`max_slot_wal_keep_size`). Resolves to true
 * if this call made it: then it begins now, and what was committed before is not in it. Replicas may race.
 */
export async function ensureSlot(db: Database, slot: string): Promise<boolean> {
  const status = await slotStatus(db, slot);
  if (status?.walStatus === 'lost') await dropSlot(db, slot);
  else if (status !== undefined) return false;
  try {
    await db.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
    return true;
  } catch (error) {
    // duplicate_object: another replica was faster.
    if (sqlState(error) === '42710') return false;
    throw error;
  }
}

/** Drops the slot if there is one. Throws SlotInUseError while it is read. */
export async function dropSlot(db: Database, slot: string): Promise<void> {
  try {
    await db.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE slot_name = $1 AND database = current_database()`,
      [slot],
    );
  } catch (error) {
    if (sqlState(error) === '42704') return;
    throw toSlotError(error, slot);
  }
}
