import { documentComparator } from './compare.ts';
import { matches } from './match/matches.ts';
import type { Query, QueryDocument } from './types.ts';

/** A query's result over given documents of its database, without vector search: what every faster way must equal. */
export function evaluateQuery<D extends QueryDocument>(query: Query, documents: Iterable<D>): D[] {
  const found = [...documents].filter((document) => matches(query, document));
  found.sort(documentComparator(query));
  const end = query.limit === undefined ? undefined : query.offset + query.limit;
  return found.slice(query.offset, end);
}
