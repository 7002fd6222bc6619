export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  /** A pause is lengthened by up to this share of itself, so that many clients do not come back at once. */
  readonly jitter: number;
  /** A source of numbers from 0 to 1. */
  readonly random?: () => number;
}

/** The pause after so many failures in a row (1 for the first), in milliseconds. */
export function backoffMs(
  failures: number,
  { minMs, maxMs, jitter, random = Math.random }: BackoffOptions,
): number {
  const pause = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return pause * (1 + jitter * random());
}
