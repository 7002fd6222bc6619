import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { narrowToOwner, type Query } from '@telestack/query';
import { databaseName, documentName, stringOf } from '@telestack/values';
import type { ReadSpec } from '../docstore/reader.ts';
import { MatchedSet } from './matched-set.ts';
import { NamedSet } from './named-set.ts';
import type { Shape } from './result.ts';
import { Window } from './window.ts';

/** Rows behind a limit that take the place of rows that leave. */
const SLACK = 50;
const MAX_INT32 = 0x7fffffff;

export function documentsShape(database: string, paths: ReadonlySet<string>): Shape {
  const names = [...paths].map((path) => documentName(database, path));
  const spec: ReadSpec = {
    parent: `${databaseName(database)}/documents`,
    target: { $case: 'documents', documents: { names } },
  };
  return {
    rows: spec,
    visible: spec,
    skip: 0,
    end: Number.POSITIVE_INFINITY,
    namesSuffice: true,
    createResult: () => new NamedSet(paths),
  };
}

export function queryShape(parent: string, structuredQuery: StructuredQuery, query: Query): Shape {
  const visible: ReadSpec = { parent, target: { $case: 'query', query: structuredQuery } };
  const { offset, limit } = query;
  if (limit === undefined && offset === 0) {
    return {
      rows: visible,
      visible,
      skip: 0,
      end: Number.POSITIVE_INFINITY,
      namesSuffice: true,
      createResult: (membership, owner) => new MatchedSet(ownedBy(query, owner), membership),
    };
  }
  const capacity =
    limit === undefined
      ? Number.POSITIVE_INFINITY
      : Math.min(offset + limit + Math.min(limit, SLACK), MAX_INT32);
  const rows = { ...structuredQuery, offset: 0, limit: limit === undefined ? undefined : capacity };
  return {
    rows: { parent, target: { $case: 'query', query: rows } },
    visible,
    skip: offset,
    end: offset + (limit ?? Number.POSITIVE_INFINITY),
    namesSuffice: false,
    createResult: (membership, owner) => new Window(ownedBy(query, owner), capacity, membership),
  };
}

/** The query as the docstore has narrowed it: what others own is not in the result, whatever changes. */
export function ownedBy(query: Query, owner: string): Query {
  return owner === '' ? query : narrowToOwner(query, stringOf(owner));
}
