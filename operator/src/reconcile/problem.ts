import type { ComponentName } from '../resources/names.ts';

/** Something in the spec, or in what it refers to, that the operator cannot mend. */
export interface Problem {
  /** For machines: "StorageClassNotFound". */
  readonly reason: string;
  /** Names the cause, and the field of the spec. */
  readonly message: string;
  /** Components that are not started with it; those that run go on. */
  readonly holds: readonly ComponentName[];
}
