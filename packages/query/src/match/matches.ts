import { getField } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Query, QueryDocument } from '../types.ts';
import { isAfterStart, isBeforeEnd } from './bound.ts';
import { satisfies } from './filter.ts';
import { inScope } from './scope.ts';

/**
 * Whether a document is in a query's result before offset and limit: in scope, satisfying the filter, having every ordered field, and
 * between the cursors. The document is one of the query's database.
 */
export function matches(query: Query, { path, fields }: QueryDocument): boolean {
  if (!inScope(query, path)) return false;
  if (query.filter && !satisfies(query.filter, path, fields)) return false;
  if (!query.orders.every(({ field }) => isNameField(field) || getField(fields, field) !== undefined))
    return false;
  if (query.start && !isAfterStart(query.orders, query.start, path, fields)) return false;
  return query.end === undefined || isBeforeEnd(query.orders, query.end, path, fields);
}
