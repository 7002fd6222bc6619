import type { Json } from '@telestack/values';
import { filterKey } from './filter-key.ts';
import type { CompositeFilter, FieldFilter, Filter } from './types.ts';

/** Field filters that must all hold. */
export type Conjunction = readonly FieldFilter[];

/** The product of many ORs must not fill memory. */
const MAX_PRODUCT = 1_000;

/** Multiplying an AND of ORs out gives more than the limit. */
export class TooManyDisjuncts extends RangeError {}

/**
 * A filter as an OR of ANDs, without repetitions. `in` and `array-contains-any` become one disjunct per value (`==`,
 * `array-contains`). No filter is one empty conjunction; a filter that nothing can satisfy has no disjunct.
 * @throws TooManyDisjuncts when an AND multiplies to more than `maxProduct`; no valid query does
 */
export function toDisjunctiveNormalForm(filter: Filter | undefined, maxProduct = MAX_PRODUCT): Conjunction[] {
  if (filter === undefined) return [[]];
  if (filter.kind === 'field') return expandList(filter).map((part) => [part]);
  const parts = uniqueFilters(flatten(filter)).map((part) => toDisjunctiveNormalForm(part, maxProduct));
  if (filter.kind === 'or') return unique(parts.flat());
  // Before repetitions are taken out of the product, as Google's backend counts.
  const product = parts.reduce((size, { length }) => size * length, 1);
  if (product > maxProduct) throw new TooManyDisjuncts();
  return parts.reduce<Conjunction[]>(
    (left, right) => unique(left.flatMap((a) => right.map((b) => uniqueFilters([...a, ...b])))),
    [[]],
  );
}

/** The parts of a composite, with those of composites of its kind that it holds. */
function flatten({ kind, filters }: CompositeFilter): Filter[] {
  return filters.flatMap((part) => (part.kind === kind ? flatten(part as CompositeFilter) : [part]));
}

/** One filter per distinct value of `in` or `array-contains-any`. */
export function expandList(filter: FieldFilter): FieldFilter[] {
  if (filter.op !== 'in' && filter.op !== 'array-contains-any') return [filter];
  const op = filter.op === 'in' ? '==' : 'array-contains';
  return uniqueFilters((filter.value as Json[]).map((value): FieldFilter => ({ ...filter, op, value })));
}

export function uniqueFilters<F extends Filter>(filters: readonly F[]): F[] {
  return filters.length < 2
    ? [...filters]
    : [...new Map(filters.map((part) => [filterKey(part), part])).values()];
}

function unique(conjunctions: Conjunction[]): Conjunction[] {
  if (conjunctions.length < 2) return conjunctions;
  const key = (conjunction: Conjunction) => conjunction.map(filterKey).sort().join();
  return [...new Map(conjunctions.map((conjunction) => [key(conjunction), conjunction])).values()];
}
