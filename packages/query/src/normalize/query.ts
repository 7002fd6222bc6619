import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { parseParent } from '@telestack/values';
import type { Query } from '../types.ts';
import { parseCursor } from './cursor.ts';
import { parseFilter } from './filter.ts';
import { checkFilter, leaves } from './limits.ts';
import { parseFindNearest } from './nearest.ts';
import { completeOrders, parseOrders } from './orders.ts';
import { normalizeScope } from './scope.ts';
import { parseSelect } from './select.ts';
import { simplifyFilter } from './simplify.ts';

/**
 * A structured query below `parent` ("projects/p/databases/d/documents", or a document there) in normal form.
 * @throws INVALID_ARGUMENT with the reason, in the words of Google's backend where they are known
 */
export function normalizeQuery(parent: string, query: StructuredQuery): Query {
  const { database, path } = parseParent(parent);
  const scope = normalizeScope(query.from);
  const { offset, limit, findNearest } = query;
  if (offset < 0) throw invalidArgument('offset is negative');
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  const explicit = parseOrders(query.orderBy);
  const filter = parseFilter(query.where, database);
  checkFilter(filter, explicit.length, path !== '');
  const start = parseCursor(query.startAt, 'start', explicit, database);
  const end = parseCursor(query.endAt, 'end', explicit, database);
  return {
    database,
    parentPath: path,
    ...scope,
    filter: filter && simplifyFilter(filter),
    orders: completeOrders(explicit, filter ? leaves(filter) : []),
    ...(start && { start }),
    ...(end && { end }),
    offset,
    limit,
    select: parseSelect(query.select),
    ...(findNearest && { findNearest: parseFindNearest(findNearest) }),
  };
}
