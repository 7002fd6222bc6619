import type { Fields } from '@telestack/values';
import type { Decision, MissingLookups } from './decide.ts';
import { keyOf, type Lookup, type LookupSource } from './lookups.ts';

/** Fetches documents, all of them in one round trip if it can. In the order of the look-ups: fields, or null for no document. */
export type FetchLookups = (lookups: readonly Lookup[]) => Promise<readonly (Fields | null)[]>;

/**
 * Runs a check until it decides, fetching what it misses in between. Each round makes a look-up that was not made before and rules may
 * make a limited number of them, so it ends.
 */
export async function evaluateWith<D extends Decision>(
  check: (source: LookupSource) => D | MissingLookups,
  fetchLookups: FetchLookups,
): Promise<D> {
  const known = new Map<string, Fields | null>();
  for (;;) {
    const outcome = check((lookup) => known.get(keyOf(lookup)));
    if ('allowed' in outcome) return outcome;
    const found = await fetchLookups(outcome.missing);
    for (const [i, lookup] of outcome.missing.entries()) known.set(keyOf(lookup), found[i] ?? null);
  }
}
