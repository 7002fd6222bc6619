import {
  compareNames,
  compareValues,
  getField,
  indexKey,
  isCut,
  type Json,
  sortKey,
} from '@telestack/values';
import { isNameField } from './field.ts';
import type { Query, QueryDocument } from './types.ts';

/** The order of a query's result, as the docstore reads it from its indexes; for documents that match it. */
export function documentComparator({
  orders,
}: Pick<Query, 'orders'>): (a: QueryDocument, b: QueryDocument) => number {
  return (a, b) => {
    for (const { field, direction } of orders) {
      const order = isNameField(field)
        ? compareNames(a.path, b.path)
        : compareIndexed(getField(a.fields, field) as Json, getField(b.fields, field) as Json);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  };
}

/** The order of values by what indexes hold of them: those that an index cannot tell apart are equal. */
export function compareIndexed(a: Json, b: Json): number {
  const order = compareValues(a, b);
  if (order === 0 || !mayBeCut(a) || !mayBeCut(b)) return order;
  const [left, right] = [sortKey(a), sortKey(b)];
  return isCut(left) && isCut(right) && indexKey(left) === indexKey(right) ? 0 : order;
}

/** What keys of 400 characters are made of. A string's key has one more than the string. */
const mayBeCut = (value: Json): boolean =>
  typeof value === 'string'
    ? value.length >= 399
    : typeof value === 'object' && value !== null && !('$timestamp' in value);
