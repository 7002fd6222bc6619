import { pathOfStored } from '@telestack/values';
import type { DocumentKey } from '../commit/request.ts';

/** A document's key from the columns that hold it. */
export function keyFromColumns(
  database: string,
  parent: string,
  collection: string,
  document: string,
): DocumentKey {
  const [parentPath, collectionId, documentId] = [parent, collection, document].map(pathOfStored) as [
    string,
    string,
    string,
  ];
  const path = `${parentPath === '' ? '' : `${parentPath}/`}${collectionId}/${documentId}`;
  return { database, parentPath, collectionId, documentId, path };
}
