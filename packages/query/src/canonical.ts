import { sortKey } from '@telestack/values';
import { fieldKey } from './field.ts';
import { filterKey } from './filter-key.ts';
import type { Bound, Query } from './types.ts';

/** One text per query: queries with equal keys have equal results. */
export function canonicalKey(query: Query): string {
  const { database, parentPath, collectionId, allDescendants, filter, offset, limit, findNearest } = query;
  return JSON.stringify([
    database,
    parentPath,
    collectionId,
    allDescendants,
    filter ? filterKey(filter) : null,
    query.orders.map(({ field, direction }) => [fieldKey(field), direction]),
    boundKey(query.start),
    boundKey(query.end),
    offset,
    limit ?? null,
    query.select?.map(fieldKey).sort() ?? null,
    findNearest ?? null,
  ]);
}

const boundKey = (bound: Bound | undefined) => bound && [bound.inclusive, bound.values.map(sortKey)];
