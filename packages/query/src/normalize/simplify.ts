import type { Json } from '@telestack/values';
import { uniqueFilters } from '../dnf.ts';
import { isComparable, isNaNValue } from '../match/filter.ts';
import type { FieldFilter, Filter } from '../types.ts';

/**
 * A filter that means the same and has fewer forms: nested composites of one kind are merged, repetitions and composites of one part go,
 * and comparisons with null and NaN, which are never true, are written out: `in []` selects nothing.
 */
export function simplifyFilter(filter: Filter): Filter {
  if (filter.kind === 'field') return simplifyField(filter);
  const { kind } = filter;
  const parts = filter.filters
    .map(simplifyFilter)
    .flatMap((part) => (part.kind === kind ? part.filters : [part]));
  const unique = uniqueFilters(parts);
  return unique.length === 1 ? unique[0]! : { kind, filters: unique };
}

function simplifyField(filter: FieldFilter): Filter {
  const { op, value } = filter;
  switch (op) {
    case 'in':
    case 'array-contains-any':
      return { ...filter, value: (value as Json[]).filter(isComparable) };
    case 'not-in': {
      const values = value as Json[];
      return values.includes(null)
        ? nothing(filter)
        : { ...filter, value: values.filter((one) => !isNaNValue(one)) };
    }
    case '!=':
      if (value === null) return nothing(filter);
      // Not even NaN equals NaN.
      return isNaNValue(value) ? { ...filter, op: 'is-not-null', value: null } : filter;
    case 'is-null':
    case 'is-not-null':
    case 'is-nan':
    case 'is-not-nan':
      return filter;
    default:
      return isComparable(value) ? filter : nothing(filter);
  }
}

const nothing = (filter: FieldFilter): FieldFilter => ({ ...filter, op: 'in', value: [] });
