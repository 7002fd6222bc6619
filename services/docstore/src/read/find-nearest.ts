import type { Query } from '@telestack/query';
import { double, type FieldPath, type Fields, getField, setField, typeOf } from '@telestack/values';
import type { Queryable } from '../database.ts';
import type { StoredDocument } from './row.ts';
import { type QueryPage, runQuery } from './run-query.ts';

interface Neighbour {
  readonly document: StoredDocument;
  readonly distance: number;
}

/** The nearest documents by exact search over the query's result. Memory is that of `limit` documents and a page. */
export async function* findNearest(
  database: Queryable,
  query: Query,
  readTime?: number,
): AsyncGenerator<QueryPage, void, void> {
  const { field, vector, measure, limit, distanceResultField, distanceThreshold } = query.findNearest!;
  const isBetter = (a: number, b: number): boolean => (measure === 'DOT_PRODUCT' ? a > b : a < b);
  let nearest: Neighbour[] = [];
  let time = readTime;
  for await (const page of runQuery(
    database,
    { ...query, limit: undefined, offset: 0, findNearest: undefined },
    readTime,
  )) {
    time = page.readTime;
    for (const document of page.documents) {
      const candidate = vectorOf(document.fields, field);
      if (candidate === undefined || candidate.length !== vector.length) continue;
      const distance = distanceOf(vector, candidate, measure);
      const isIn =
        distanceThreshold === undefined ||
        distance === distanceThreshold ||
        isBetter(distance, distanceThreshold);
      if (isIn) nearest.push({ document, distance });
    }
    // A stable sort keeps equal distances in the query's own order. NaN, the distance of a zero vector by cosine, comes last.
    nearest.sort((a, b) => {
      if (isBetter(a.distance, b.distance)) return -1;
      if (isBetter(b.distance, a.distance)) return 1;
      return Number(Number.isNaN(a.distance)) - Number(Number.isNaN(b.distance));
    });
    nearest = nearest.slice(0, limit);
  }
  const documents = nearest.map(({ document, distance }) =>
    distanceResultField === undefined
      ? document
      : { ...document, fields: setField(document.fields, distanceResultField, double(distance)) },
  );
  yield { readTime: time!, documents, isLast: true };
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
