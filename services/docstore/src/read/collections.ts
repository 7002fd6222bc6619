import { pathOfStored, storedPath } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { Parameters } from './parameters.ts';
import { documentsAt } from './source.ts';

/**
 * Ids of the collections that have documents below a parent (a document path, or '' for the root), in order, behind `after`. Missing
 * documents count: a collection below one shows the collection above it. Each step of the recursion is one descent of the primary key,
 * so the cost follows the number of collections, not of documents.
 */
export async function collectionIds(
  database: Queryable,
  scope: {
    database: string;
    parentPath: string;
    after: string;
    limit: number;
    readTime?: number;
    /** Leaves out all other ids. */
    only?: readonly string[];
  },
): Promise<string[]> {
  const parameters = new Parameters();
  const from = documentsAt(scope.readTime, parameters);
  const name = parameters.add(scope.database);
  const parent = parameters.add(storedPath(scope.parentPath));
  const below = scope.parentPath === '' ? "''" : `${parent} || '/'`;
  const inside = scope.parentPath === '' ? 'true' : `d.parent_path < ${parent} || '0'`;
  const only = scope.only ? `AND id = ANY(${parameters.add(scope.only.map(storedPath))}::text[])` : '';
  const depth = scope.parentPath === '' ? 1 : scope.parentPath.split('/').length + 1;
  const { rows } = await database.query<{ id: string }>(
    `WITH RECURSIVE direct AS (
       (SELECT d.collection_id AS id FROM ${from} WHERE d.database = ${name} AND d.parent_path = ${parent}
          ORDER BY d.collection_id LIMIT 1)
       UNION ALL
       SELECT (SELECT d.collection_id FROM ${from} WHERE d.database = ${name} AND d.parent_path = ${parent}
          AND d.collection_id > direct.id ORDER BY d.collection_id LIMIT 1) FROM direct WHERE direct.id IS NOT NULL
     ), deeper AS (
       (SELECT split_part(d.parent_path, '/', ${depth}) AS id FROM ${from}
          WHERE d.database = ${name} AND d.parent_path > ${below} AND ${inside} ORDER BY d.parent_path LIMIT 1)
       UNION ALL
       SELECT (SELECT split_part(d.parent_path, '/', ${depth}) FROM ${from}
          WHERE d.database = ${name} AND d.parent_path >= ${below} || deeper.id || '0' AND ${inside}
          ORDER BY d.parent_path LIMIT 1) FROM deeper WHERE deeper.id IS NOT NULL
     )
     SELECT id FROM (SELECT id FROM direct UNION SELECT id FROM deeper) AS ids
       WHERE id > ${parameters.add(storedPath(scope.after))} ${only} ORDER BY id LIMIT ${parameters.add(scope.limit)}`,
    parameters.values,
  );
  return rows.map(({ id }) => pathOfStored(id));
}

/**
 * Ids of documents that do not exist but have documents below them, in a collection, in order, behind `after`. As above, a few descents
 * of the primary key each: between "c/a" and "c/a/…" there may be parents like "c/a b".
 */
export async function missingDocumentIds(
  database: Queryable,
  scope: { database: string; collectionPath: string; after: string; limit: number; readTime?: number },
): Promise<string[]> {
  const parameters = new Parameters();
  const from = documentsAt(scope.readTime, parameters);
  const name = parameters.add(scope.database);
  const path = parameters.add(storedPath(scope.collectionPath));
  const depth = scope.collectionPath.split('/').length + 1;
  const parentPath = parameters.add(storedPath(scope.collectionPath.split('/').slice(0, -1).join('/')));
  const collectionId = parameters.add(storedPath(scope.collectionPath.split('/').at(-1)!));
  const id = `split_part(p.path, '/', ${depth})`;
  const first = (range: string): string =>
    `(SELECT d.parent_path AS path FROM ${from} WHERE d.database = ${name} AND ${range} ORDER BY d.parent_path LIMIT 1)`;
  const { rows } = await database.query<{ id: string }>(
    `WITH RECURSIVE parents AS (
       ${first(`d.parent_path > ${path} || '/' AND d.parent_path < ${path} || '0'`)}
       UNION ALL
       SELECT LEAST(
         ${first(`d.parent_path > p.path AND d.parent_path < ${path} || '/' || ${id} || '/'`)},
         ${first(`d.parent_path >= ${path} || '/' || ${id} || '0' AND d.parent_path < ${path} || '0'`)}
       ) FROM parents AS p WHERE p.path IS NOT NULL
     )
     SELECT DISTINCT p.id FROM (SELECT ${id} AS id FROM parents AS p WHERE p.path IS NOT NULL) AS p WHERE p.id > ${parameters.add(storedPath(scope.after))} AND NOT EXISTS (
         SELECT FROM ${from} WHERE d.database = ${name} AND d.parent_path = ${parentPath}
           AND d.collection_id = ${collectionId} AND d.document_id = p.id)
       ORDER BY p.id LIMIT ${parameters.add(scope.limit)}`,
    parameters.values,
  );
  return rows.map(({ id }) => pathOfStored(id));
}
