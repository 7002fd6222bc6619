import { invalidArgument } from '@telestack/errors';
import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery } from '@telestack/query';
import { databaseName, documentName, parseDocumentName, referenceOf } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { runQuery } from '../read/run-query.ts';
import type { Misfit, Validator } from './validator.ts';

export interface CollectionPage {
  readonly misfits: readonly (Misfit & { readonly name: string })[];
  /** Documents that were looked at. */
  readonly checked: number;
  /** The name of the last document that was looked at; undefined when there are no more. */
  readonly next: string | undefined;
}

/** Documents of one page at most, fitting or not: a page is done in seconds. */
const MAX_CHECKED = 20_000;

/**
 * Looks at the documents of a collection, wherever it is nested, in order of their names and behind `after`, and stops when it has found `limit`
 * that do not fit. A few are held in memory at a time.
 */
export async function checkCollection(
  database: Queryable,
  { name, collectionId }: { readonly name: string; readonly collectionId: string },
  validator: Validator,
  {
    after,
    limit,
    maxChecked = MAX_CHECKED,
  }: { after: string | undefined; limit: number; maxChecked?: number },
): Promise<CollectionPage> {
  const misfits: (Misfit & { name: string })[] = [];
  let checked = 0;
  for await (const { documents } of runQuery(database, allDocuments(name, collectionId, after))) {
    for (const { path, fields } of documents) {
      const document = documentName(name, path);
      checked++;
      const misfit = validator(fields);
      if (misfit) misfits.push({ name: document, ...misfit });
      if (misfits.length >= limit || checked >= maxChecked) return { misfits, checked, next: document };
    }
  }
  return { misfits, checked, next: undefined };
}

/** @param name "project/database" */
function allDocuments(name: string, collectionId: string, after: string | undefined) {
  const query = normalizeQuery(`${databaseName(name)}/documents`, {
    ...StructuredQuery.create(),
    from: [{ collectionId, allDescendants: true }],
  });
  if (after === undefined) return query;
  if (parseDocumentName(after).database !== name) throw invalidArgument('The page token is not valid.');
  return { ...query, start: { values: [referenceOf(after)], inclusive: false } };
}
