import type { DocumentState } from '../feed/document-state.ts';

/** A document that a view has no more. */
export interface Leave {
  readonly path: string;
  /** A time at which the document was gone, rather than out of the view; microseconds. */
  readonly deletedAt: number | undefined;
  /** Its new state, when that is known. */
  readonly state: DocumentState | undefined;
  /** The view's query still matches it (it is beyond a limit): who may see the view may see it. */
  readonly isMatch: boolean;
}

/** What changed in a view's result. */
export interface Difference {
  readonly upserts: readonly DocumentState[];
  readonly leaves: readonly Leave[];
}

/**
 * A step of a view from one time to another; microseconds. A commit's step begins right before it; a longer one stands for
 * commits that were missed, and there is no state of the view between its ends.
 */
export interface Delta extends Difference {
  readonly from: number;
  readonly time: number;
}

/** Whether there is no state of the view at `time` because this step passes over it. */
export const passesOver = (delta: { from: number; time: number }, time: number): boolean =>
  delta.from < time && time < delta.time;

/** Rough size of an entry without its document. */
const ENTRY_BYTES = 200;

export function sizeOf({ upserts, leaves }: Difference): number {
  let size = (upserts.length + leaves.length) * ENTRY_BYTES;
  for (const { encoded } of upserts) size += encoded.length;
  for (const { state } of leaves) size += state?.hasContent ? state.encoded.length : 0;
  return size;
}
