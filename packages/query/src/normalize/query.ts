import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, parseParent } from '@telestack/values';
import type { Query } from '../types.ts';
import { parseCursor } from './cursor.ts';
import { parseFilter } from './filter.ts';
import { checkFilter, checkSize, leaves } from './limits.ts';
import { checkNearestAlone, parseFindNearest } from './nearest.ts';
import { completeOrders, parseOrders } from './orders.ts';
import { checkKindless, parseScope } from './scope.ts';
import { parseSelect } from './select.ts';
import { simplifyFilter } from './simplify.ts';

/**
 * A structured query below `parent` ("projects/p/databases/d/documents", or a document there) in normal form. `aggregated` are fields
 * that sums and averages are taken of.
 * @throws INVALID_ARGUMENT with the reason, in the words of Google's backend where they are known
 */
export function normalizeQuery(
  parent: string,
  query: StructuredQuery,
  aggregated: readonly FieldPath[] = [],
): Query {
  const { database, path } = parseParent(parent);
  const scope = parseScope(query.from);
  const select = parseSelect(query.select);
  const filter = parseFilter(query.where, database);
  const explicit = parseOrders(query.orderBy);
  const findNearest = query.findNearest && parseFindNearest(query.findNearest);
  if (findNearest) checkNearestAlone(query);
  const start = parseCursor(query.startAt, 'start', explicit, database);
  const end = parseCursor(query.endAt, 'end', explicit, database);
  const { offset, limit } = query;
  if (offset < 0) throw invalidArgument('offset is negative');
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  const parts = filter ? leaves(filter) : [];
  if (scope.collectionId === '') checkKindless(explicit, parts);
  checkSize(filter, explicit.length, path !== '');
  if (filter) checkFilter(filter);
  return {
    database,
    parentPath: path,
    ...scope,
    filter: filter && simplifyFilter(filter),
    orders: completeOrders(explicit, parts, scope.collectionId === '' ? [] : aggregated),
    ...(start && { start }),
    ...(end && { end }),
    offset,
    limit,
    select,
    ...(findNearest && { findNearest }),
  };
}
