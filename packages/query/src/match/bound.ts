import { compareIndexed, compareNames, type Fields, getField, type Json } from '@telestack/values';
import { isNameField } from '../field.ts';
import { pathOf } from '../reference.ts';
import type { Bound, Order } from '../types.ts';

/** Where a document that has all ordered fields stands to a cursor in the query's order: negative before it, 0 at it. */
export function compareToBound(orders: readonly Order[], bound: Bound, path: string, fields: Fields): number {
  for (const [i, value] of bound.values.entries()) {
    const { field, direction } = orders[i]!;
    const order = isNameField(field)
      ? compareNames(path, pathOf(value))
      : compareIndexed(getField(fields, field) as Json, value);
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return 0;
}

export function isAfterStart(orders: readonly Order[], start: Bound, path: string, fields: Fields): boolean {
  const order = compareToBound(orders, start, path, fields);
  return order > 0 || (order === 0 && start.inclusive);
}

export function isBeforeEnd(orders: readonly Order[], end: Bound, path: string, fields: Fields): boolean {
  const order = compareToBound(orders, end, path, fields);
  return order < 0 || (order === 0 && end.inclusive);
}
