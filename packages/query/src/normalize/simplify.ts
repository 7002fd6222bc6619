import type { Json } from '@telestack/values';
import { uniqueFilters } from '../dnf.ts';
import { isComparable, isNaNValue } from '../match/filter.ts';
import type { FieldFilter, Filter } from '../types.ts';

/**
 * A filter that means the same and has fewer forms: nested composites of one kind are merged, repetitions and composites of one part
 * go, and so do comparisons with null and NaN, which are never true. A filter that nothing satisfies is `in []`,
 * one that everything satisfies is none.
 */
export function simplifyFilter(filter: Filter): Filter | undefined {
  if (filter.kind === 'field') return simplifyField(filter);
  const { kind } = filter;
  const all = filter.filters.map(simplifyFilter);
  const simple = all.filter((part) => part !== undefined);
  // What always holds decides an OR and says nothing in an AND.
  if (simple.length === 0 || (kind === 'or' && simple.length < all.length)) return undefined;
  const never = simple.filter(isNever);
  const kept = kind === 'or' ? simple.filter((part) => !isNever(part)) : simple;
  if (kind === 'and' ? never.length > 0 : kept.length === 0) return never[0]!;
  const parts = uniqueFilters(kept.flatMap((part) => (part.kind === kind ? part.filters : [part])));
  return parts.length === 1 ? parts[0]! : { kind, filters: parts };
}

function simplifyField(filter: FieldFilter): FieldFilter {
  const { op, value } = filter;
  switch (op) {
    case 'in':
    case 'array-contains-any': {
      const values = (value as Json[]).filter(isComparable);
      return values.length === 0 ? never(filter) : { ...filter, value: values };
    }
    case 'not-in': {
      const values = value as Json[];
      return values.includes(null)
        ? never(filter)
        : { ...filter, value: values.filter((one) => !isNaNValue(one)) };
    }
    case '!=':
      if (value === null) return never(filter);
      // Not even NaN equals NaN.
      return isNaNValue(value) ? { ...filter, op: 'is-not-null', value: null } : filter;
    case 'is-null':
    case 'is-not-null':
    case 'is-nan':
    case 'is-not-nan':
      return filter;
    default:
      return isComparable(value) ? filter : never(filter);
  }
}

/** Whether Google's backend sees that no value satisfies a field filter. It looks for the null in a `not-in` only when that is all. */
export const canHold = (filter: FieldFilter): boolean =>
  filter.op === 'not-in'
    ? (filter.value as Json[]).some((value) => value !== null)
    : !isNever(simplifyField(filter));

const never = ({ field }: FieldFilter): FieldFilter => ({ kind: 'field', field, op: 'in', value: [] });

const isNever = (filter: Filter): boolean =>
  filter.kind === 'field' && filter.op === 'in' && (filter.value as Json[]).length === 0;
