import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_CompositeFilter_Operator as CompositeOperator,
  type StructuredQuery_Filter as ProtoFilter,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { uniqueFilters } from '../dnf.ts';
import type { Filter, Operator } from '../types.ts';
import { FIELD_OPERATORS, isMembership, isNegation, UNARY_OPERATORS } from './operators.ts';

/**
 * Which operators may be in one query. Google's backend looks at them before it looks at anything else of a filter.
 * @throws INVALID_ARGUMENT
 */
export function checkOperators(filter: ProtoFilter | undefined): void {
  if (filter === undefined) return;
  const found = new Set<Operator | 'or'>();
  let negations = 0;
  const visit = ({ filterType }: ProtoFilter): void => {
    if (filterType?.$case === 'compositeFilter') {
      const { op, filters } = filterType.compositeFilter;
      if (op === CompositeOperator.OR) found.add('or');
      filters.forEach(visit);
      return;
    }
    const op =
      filterType?.$case === 'fieldFilter'
        ? FIELD_OPERATORS[filterType.fieldFilter.op]
        : filterType && UNARY_OPERATORS[filterType.unaryFilter.op];
    if (op === undefined) return;
    found.add(op);
    if (isNegation(op)) negations++;
  };
  visit(filter);
  if (negations > 1) {
    throw invalidArgument(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  }
  if (found.has('not-in') && (found.has('or') || found.has('in') || found.has('array-contains-any'))) {
    throw invalidArgument(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    );
  }
}

/** @throws INVALID_ARGUMENT */
export function checkMemberships(filter: Filter): void {
  if (mostMemberships(filter) > 1) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
}

/** Filters on array membership that meet in one disjunct, at most. */
function mostMemberships(filter: Filter): number {
  if (filter.kind === 'field') {
    return isMembership(filter.op) ? 1 : 0;
  }
  const counts = uniqueFilters(filter.filters).map(mostMemberships);
  return filter.kind === 'or' ? Math.max(...counts) : counts.reduce((a, b) => a + b, 0);
}
