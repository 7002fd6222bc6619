import type { Filter, Query } from '@telestack/query';
import {
  documentName,
  double,
  type FieldPath,
  type Fields,
  getField,
  referenceOf,
  setField,
  typeOf,
} from '@telestack/values';
import type { Queryable } from '../database.ts';
import type { StoredDocument } from './row.ts';
import { type QueryPage, runQuery } from './run-query.ts';

interface Neighbour {
  readonly document: StoredDocument;
  readonly distance: number;
}

/** One page with all that a vector search finds. */
export interface SearchPage extends QueryPage {
  /** How many documents it has looked at. */
  readonly searched: number;
}

/** The nearest documents by exact search over the query's result. Memory is that of `limit` documents and a page. */
export async function findNearest(database: Queryable, query: Query, readTime?: number): Promise<SearchPage> {
  const { field, vector, measure, limit, distanceResultField, distanceThreshold } = query.findNearest!;
  const compare =
    measure === 'DOT_PRODUCT' ? (a: number, b: number) => compareDistances(b, a) : compareDistances;
  let nearest: Neighbour[] = [];
  let time = readTime;
  let searchedCount = 0;
  for await (const page of runQuery(database, searched(query), readTime)) {
    time = page.readTime;
    searchedCount += page.documents.length;
    for (const document of page.documents) {
      const candidate = vectorOf(document.fields, field);
      if (candidate === undefined || candidate.length !== vector.length) continue;
      const distance = distanceOf(vector, candidate, measure);
      if (distanceThreshold === undefined || compare(distance, distanceThreshold) <= 0)
        nearest.push({ document, distance });
    }
    // A stable sort keeps equal distances in the query's own order.
    nearest.sort((a, b) => compare(a.distance, b.distance));
    nearest = nearest.slice(0, limit);
  }
  const documents = nearest.map(({ document, distance }) =>
    distanceResultField === undefined
      ? document
      : { ...document, fields: setField(document.fields, distanceResultField, double(distance)) },
  );
  return { readTime: time!, documents, isLast: true, searched: searchedCount };
}

/** What a vector search looks at: its result can only change when this query's result does. */
export function searched(query: Query): Query {
  const { field } = query.findNearest!;
  const base = { ...query, findNearest: undefined };
  // No document has a vector for a name; the search finds nothing.
  if (field[0] === '__name__') return base;
  return only(base, { kind: 'field', field, op: 'is-not-null', value: null });
}

/** The documents that a vector search finds as a query, in no particular order, with their read time; for aggregations. */
export async function foundBy(
  database: Queryable,
  query: Query,
  readTime?: number,
): Promise<{ query: Query; readTime: number }> {
  const page = await findNearest(database, query, readTime);
  const names = page.documents.map(({ path }) => referenceOf(documentName(query.database, path)));
  const isFound: Filter = { kind: 'field', field: ['__name__'], op: 'in', value: names };
  return { query: only({ ...query, findNearest: undefined }, isFound), readTime: page.readTime };
}

function only(query: Query, filter: Filter): Query {
  return { ...query, filter: query.filter ? { kind: 'and', filters: [query.filter, filter] } : filter };
}

/** NaN, the distance of a zero vector by cosine, is greater than any other (as in the emulator). */
function compareDistances(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a - b;
}

function vectorOf(fields: Fields, field: FieldPath): number[] | undefined {
  const value = getField(fields, field);
  if (value === undefined || typeOf(value) !== 'vector') return undefined;
  return (value as { $vector: (number | string)[] }).$vector.map(Number);
}

function distanceOf(a: readonly number[], b: readonly number[], measure: string): number {
  let dot = 0;
  let squares = 0;
  let normA = 0;
  let normB = 0;
  a.forEach((x, i) => {
    const y = b[i]!;
    dot += x * y;
    squares += (x - y) ** 2;
    normA += x * x;
    normB += y * y;
  });
  if (measure === 'DOT_PRODUCT') return dot;
  if (measure === 'EUCLIDEAN') return Math.sqrt(squares);
  return 1 - dot / Math.sqrt(normA * normB);
}
