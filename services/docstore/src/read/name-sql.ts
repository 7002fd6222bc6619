import type { Query } from '@telestack/query';
import { type Json, parseDocumentName, pathKey, storedPath, toReference } from '@telestack/values';

/**
 * How a query orders and compares documents by name. Within one collection the id decides; across collections the whole path does,
 * segment by segment.
 */
export interface NameKey {
  readonly sql: string;
  /** The key of a `{"$ref": name}` value. */
  of(value: Json): string;
}

const PATH_SQL = `telestack.path_key(CASE WHEN d.parent_path = '' THEN '' ELSE d.parent_path || '/' END
  || d.collection_id || '/' || d.document_id) COLLATE "C"`;

export function nameKey(query: Query): NameKey {
  const collection =
    query.parentPath === '' ? query.collectionId : `${query.parentPath}/${query.collectionId}`;
  const isOneCollection = !query.allDescendants && query.collectionId !== '';
  if (!isOneCollection) return { sql: PATH_SQL, of: (value) => pathKey(pathOfReference(value)) };
  return {
    sql: 'd.document_id',
    of(value) {
      const path = pathOfReference(value);
      if (!path.startsWith(`${collection}/`)) {
        // A name outside the collection is below or above all of it.
        return pathKey(path) < pathKey(collection) ? '' : '\u{10ffff}';
      }
      const [id, ...below] = path.slice(collection.length + 1).split('/');
      // A document below one of the collection comes right behind that one.
      return below.length === 0 ? storedPath(id!) : `${storedPath(id!)}\x01`;
    },
  };
}

function pathOfReference(value: Json): string {
  return parseDocumentName(toReference(value)!).path;
}
