import { type Json, sortKey } from '@telestack/values';
import { fieldKey } from './field.ts';
import type { Filter } from './types.ts';

/** One text per meaning: equal values have equal keys, and the order and repetition of parts do not count. */
export function filterKey(filter: Filter): string {
  if (filter.kind !== 'field') {
    const parts = [...new Set(filter.filters.map(filterKey))].sort();
    return JSON.stringify([filter.kind, ...parts]);
  }
  const { field, op, value } = filter;
  return JSON.stringify([fieldKey(field), op, isList(op) ? listKey(value as Json[]) : sortKey(value)]);
}

const isList = (op: string): boolean => op === 'in' || op === 'not-in' || op === 'array-contains-any';

const listKey = (values: readonly Json[]): string[] => [...new Set(values.map(sortKey))].sort();
