import { invalidArgument } from '@telestack/errors';
import type { Json } from '@telestack/values';
import { uniqueFilters } from '../dnf.ts';
import type { FieldFilter, Filter } from '../types.ts';
import { isNegation, LIST_OPERATORS } from './operators.ts';

/** Which operators may be in one query, and how many values each takes. @throws INVALID_ARGUMENT */
export function checkCombinations(filter: Filter, parts: readonly FieldFilter[]): void {
  if (parts.filter(({ op }) => isNegation(op)).length > 1) {
    throw invalidArgument(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  }
  const isDisjunctive = hasOr(filter) || parts.some(({ op }) => op === 'in' || op === 'array-contains-any');
  if (isDisjunctive && parts.some(({ op }) => op === 'not-in')) {
    throw invalidArgument(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    );
  }
  for (const { op, value } of parts) {
    const list = LIST_OPERATORS[op];
    if (list && (value as Json[]).length > list.most) {
      throw invalidArgument(`'${list.name}' supports up to ${list.most} comparison values.`);
    }
  }
}

/** @throws INVALID_ARGUMENT */
export function checkMemberships(filter: Filter): void {
  if (mostMemberships(filter) > 1) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
}

const hasOr = (filter: Filter): boolean =>
  filter.kind === 'or' || (filter.kind === 'and' && filter.filters.some(hasOr));

/** Filters on array membership that meet in one disjunct, at most. */
function mostMemberships(filter: Filter): number {
  if (filter.kind === 'field') {
    return filter.op === 'array-contains' || filter.op === 'array-contains-any' ? 1 : 0;
  }
  const counts = uniqueFilters(filter.filters).map(mostMemberships);
  return filter.kind === 'or' ? Math.max(...counts) : counts.reduce((a, b) => a + b, 0);
}
