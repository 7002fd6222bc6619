import type { ReadSpec } from '../docstore/reader.ts';
import type { DocumentChange } from '../feed/commit.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Difference } from './delta.ts';

/** The changes cannot be answered from what is known here: the view has to be read again. */
export const UNKNOWN = Symbol('unknown');

/** Is told which documents a result has, so that their changes can be routed to it. */
export interface Membership {
  add(path: string): void;
  delete(path: string): void;
}

/** The result of a view at one time, and how changes turn it into the next. Knows nothing of time, reads or listeners. */
export interface Result {
  /** Adds rows as they are read, in order; `complete` ends that. */
  add(rows: readonly DocumentState[]): void;
  complete(): void;
  /** Applies the changes of the commit at `time` (microseconds). Undefined when they do not touch the result. After UNKNOWN the result must not be used. */
  apply(changes: readonly DocumentChange[], time: number): Difference | undefined | typeof UNKNOWN;
  /** The documents that listeners have, with the update time of each. */
  visible(): ReadonlyMap<string, number>;
  /** The documents whose changes must come here, whatever they change to. */
  members(): Iterable<string>;
}

/** What a view shows, how it is read, and what it makes of the rows. */
export interface Shape {
  /** The rows that the view works with, and what listeners see of them: from `skip` up to `end`. */
  readonly rows: ReadSpec;
  readonly skip: number;
  readonly end: number;
  /** Exactly what listeners see. */
  readonly visible: ReadSpec;
  /** Whether names and times are enough to set a result up. */
  readonly namesSuffice: boolean;
  /** @param owner of the documents that the caller gets; '' for those of everybody */
  createResult(membership: Membership, owner: string): Result;
}
