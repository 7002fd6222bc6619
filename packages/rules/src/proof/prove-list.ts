import { type Conjunction, isNameField, type Query, toDisjunctiveNormalForm } from '@telestack/query';
import { toReference } from '@telestack/values';
import { type Decision, decide, type MissingLookups } from '../evaluate/decide.ts';
import { LookupSession, type LookupSource } from '../evaluate/lookups.ts';
import { ANY_ID, ANY_PARENTS, type Segment } from '../evaluate/match.ts';
import { type Auth, type RequestMap, requestMap } from '../evaluate/request.ts';
import { documentResource } from '../firestore/resource.ts';
import type { Ruleset } from '../ruleset.ts';
import { mapOf } from '../values/map.ts';
import { knownFields } from './known-fields.ts';
import { queryMap } from './query-map.ts';

export interface ListRequest {
  readonly query: Query;
  readonly auth: Auth | null;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Most documents that the rules may look at; 10 when left out. */
  readonly maxLookups?: number | undefined;
}

/**
 * Whether rules certainly allow every document that a query can return: they are evaluated for each of its disjuncts with what the
 * filters tell of the documents, and what they do not tell is an error. Cursors tell nothing. A filter's number stands for numbers of its
 * kind (1 for integers), as with Google, though it also finds the equal number of the other kind.
 */
export function proveList(
  ruleset: Ruleset,
  { query, auth, time, maxLookups }: ListRequest,
  source: LookupSource,
): Decision | MissingLookups {
  const database = query.database.slice(query.database.indexOf('/') + 1);
  const lookups = new LookupSession(source, database, maxLookups);
  const dependencies = { time: false, auth: false };
  const missing: MissingLookups['missing'][number][] = [];
  for (const conjunction of disjunctsOf(query.filter)) {
    const path = namedPath(conjunction);
    const known = path === undefined ? undefined : source({ state: 'before', database, path });
    if (path !== undefined && known === undefined) {
      missing.push({ state: 'before', database, path });
      continue;
    }
    if (path !== undefined) lookups.note({ state: 'before', database, path });
    const request = listRequest(query, database, path, auth, time);
    const segments = path === undefined ? openSegments(query, database) : segmentsOf(database, path);
    const resource =
      path === undefined
        ? mapOf({ data: knownFields(conjunction) })
        : known
          ? documentResource(database, path, known)
          : undefined;
    const outcome = decide(
      ruleset,
      { service: 'cloud.firestore', method: 'list', segments, request, resource },
      lookups,
    );
    dependencies.time ||= request.dependencies.time;
    dependencies.auth ||= request.dependencies.auth;
    if ('missing' in outcome) missing.push(...outcome.missing);
    else if (!outcome.allowed) return { ...outcome, dependencies };
  }
  if (missing.length > 0) return { missing };
  return { allowed: true, reasons: [], lookups: [...lookups.made.values()], dependencies };
}

/** The one document that a disjunct is about, if it names one. Where that is outside of the query's scope, nothing is found. */
function namedPath(conjunction: Conjunction): string | undefined {
  const filter = conjunction.find(({ field, op }) => isNameField(field) && op === '==');
  return filter && toReference(filter.value)?.split('/').slice(5).join('/');
}

/** A filter that nothing satisfies has no disjunct: it is proven like no filter. */
function disjunctsOf(filter: Query['filter']): readonly Conjunction[] {
  const disjuncts = toDisjunctiveNormalForm(filter);
  return disjuncts.length > 0 ? disjuncts : [[]];
}

const segmentsOf = (database: string, path: string): string[] => [
  'databases',
  database,
  'documents',
  ...(path === '' ? [] : path.split('/')),
];

/** Where the documents of a query may be. */
function openSegments({ parentPath, collectionId, allDescendants }: Query, database: string): Segment[] {
  const segments: Segment[] = segmentsOf(database, parentPath);
  if (allDescendants) segments.push(ANY_PARENTS);
  if (collectionId !== '') segments.push(collectionId, ANY_ID);
  else if (!allDescendants) segments.push(ANY_ID, ANY_ID);
  return segments;
}

function listRequest(
  query: Query,
  database: string,
  named: string | undefined,
  auth: Auth | null,
  time: number,
): RequestMap {
  const { allDescendants, collectionId, parentPath } = query;
  const path =
    named !== undefined
      ? segmentsOf(database, named)
      : allDescendants || collectionId === ''
        ? undefined
        : [...segmentsOf(database, parentPath), collectionId];
  return requestMap({ method: 'list', path, auth, time, more: { query: queryMap(query) } });
}
