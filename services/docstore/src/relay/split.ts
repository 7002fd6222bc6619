import type { Change, Commit } from '@telestack/protos/telestack/changes/v1/changes.ts';
import { ChangeBatch } from '@telestack/protos/telestack/changes/v1/changes.ts';
import type { AssembledTransaction } from './assemble.ts';

/** A NATS server takes messages of 1 MiB by default; the rest is for headers and this message's own envelope. */
export const MESSAGE_BYTES = 900 * 1024;
/** Times, tags and lengths around a change. */
const OVERHEAD = 64;

/**
 * A transaction as messages no larger than `limit` bytes. A document that does not fit is replaced by a reference: whoever needs it reads it at
 * the commit's time.
 */
export function toBatches(
  transaction: AssembledTransaction,
  previousTime: number,
  lsn: bigint,
  limit = MESSAGE_BYTES,
): ChangeBatch[] {
  const parts: Commit[][] = [[]];
  let size = 0;
  for (const commit of transaction.commits) {
    let open: Commit | undefined;
    for (const change of commit.changes.map((one) => fitted(one, limit))) {
      const bytes = sizeOf(change);
      if (size > 0 && size + bytes > limit) {
        parts.push([]);
        size = 0;
        open = undefined;
      }
      if (!open) {
        open = { ...commit, changes: [] };
        parts.at(-1)!.push(open);
        size += OVERHEAD + commit.database.length;
      }
      open.changes.push(change);
      size += bytes;
    }
  }
  return parts.map((commits, part) => ({
    time: BigInt(transaction.time),
    previousTime: BigInt(previousTime),
    lsn,
    part,
    lastPart: part === parts.length - 1,
    commits,
    releasedProjects: part === 0 ? [...transaction.releasedProjects] : [],
  }));
}

export const encodeBatch = (batch: ChangeBatch): Uint8Array => ChangeBatch.encode(batch).finish();

function fitted(change: Change, limit: number): Change {
  if (sizeOf(change) <= limit / 2) return change;
  return { ...change, state: { $case: 'reference', reference: true } };
}

function sizeOf({ path, state }: Change): number {
  return OVERHEAD + Buffer.byteLength(path) + (state?.$case === 'data' ? state.data.length : 0);
}
