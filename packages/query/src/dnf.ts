import type { Json } from '@telestack/values';
import { filterKey } from './filter-key.ts';
import type { FieldFilter, Filter } from './types.ts';

/** Field filters that must all hold. */
export type Conjunction = readonly FieldFilter[];

/** Beyond this many disjuncts a normal form is of no use to anyone; it keeps the product of many ORs from filling memory. */
const MAX_INTERMEDIATE = 10_000;

/**
 * A filter as an OR of ANDs, without repetitions. `in` and `array-contains-any` become one disjunct per value (`==`,
 * `array-contains`). No filter is one empty conjunction; a filter that nothing can satisfy has no disjunct.
 * @throws RangeError beyond 10,000 disjuncts, which no valid query has
 */
export function toDisjunctiveNormalForm(filter: Filter | undefined): Conjunction[] {
  if (filter === undefined) return [[]];
  if (filter.kind === 'field') return expand(filter).map((part) => [part]);
  const parts = filter.filters.map(toDisjunctiveNormalForm);
  return filter.kind === 'or' ? unique(parts.flat()) : parts.reduce(product);
}

function expand(filter: FieldFilter): FieldFilter[] {
  if (filter.op !== 'in' && filter.op !== 'array-contains-any') return [filter];
  const op = filter.op === 'in' ? '==' : 'array-contains';
  const parts = (filter.value as Json[]).map((value): FieldFilter => ({ ...filter, op, value }));
  return [...new Map(parts.map((part) => [filterKey(part), part])).values()];
}

function product(left: Conjunction[], right: Conjunction[]): Conjunction[] {
  if (left.length * right.length > MAX_INTERMEDIATE) throw new RangeError('Too many disjunctions.');
  return unique(left.flatMap((a) => right.map((b) => merge(a, b))));
}

function merge(a: Conjunction, b: Conjunction): Conjunction {
  return [...new Map([...a, ...b].map((part) => [filterKey(part), part])).values()];
}

function unique(conjunctions: Conjunction[]): Conjunction[] {
  const key = (conjunction: Conjunction) => conjunction.map(filterKey).sort().join();
  return [...new Map(conjunctions.map((conjunction) => [key(conjunction), conjunction])).values()];
}
