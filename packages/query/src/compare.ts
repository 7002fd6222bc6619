import { compareIndexed, compareNames, getField, type Json } from '@telestack/values';
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
