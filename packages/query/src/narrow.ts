import type { Json } from '@telestack/values';
import { uniqueFilters } from './dnf.ts';
import type { FieldFilter, Filter, Query } from './types.ts';

/** The field that says whose a document is: docs/policies.md. */
export const OWNER_FIELD = 'owner_id';

/** The query without documents of others. `owner` is a user's id in its stored form. */
export function narrowToOwner(query: Query, owner: Json): Query {
  const own: FieldFilter = { kind: 'field', field: [OWNER_FIELD], op: '==', value: owner };
  const { filter } = query;
  const given: readonly Filter[] =
    filter === undefined ? [] : filter.kind === 'and' ? filter.filters : [filter];
  const [first, ...rest] = uniqueFilters([...given, own]);
  return { ...query, filter: rest.length === 0 ? first : { kind: 'and', filters: [first!, ...rest] } };
}
