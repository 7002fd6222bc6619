import { parseJsonText } from '@telestack/json';
import { type Document, documentName, type Fields, pathOfStored } from '@telestack/values';

/** Columns of a document in every statement that reads documents. `d` is the row. */
export const DOCUMENT_COLUMNS = `d.parent_path, d.collection_id, d.document_id, d.data::text AS data,
  (extract(epoch FROM d.create_time) * 1000000)::bigint AS create_us,
  (extract(epoch FROM d.update_time) * 1000000)::bigint AS update_us`;

/** The read time of the statement's snapshot: docs/spec/consistency.md, 2. */
export const READ_TIME = `(SELECT (extract(epoch FROM time) * 1000000)::bigint FROM telestack.commits ORDER BY time DESC LIMIT 1)`;

export interface DocumentRow {
  parent_path: string;
  collection_id: string;
  document_id: string;
  data: string;
  create_us: number;
  update_us: number;
}

/** A document as the services pass it on; `path` is below the database. */
export interface StoredDocument {
  readonly path: string;
  readonly fields: Fields;
  /** Microseconds. */
  readonly createTime: number;
  readonly updateTime: number;
}

export function pathOf(row: Pick<DocumentRow, 'parent_path' | 'collection_id' | 'document_id'>): string {
  const below = row.parent_path === '' ? '' : `${row.parent_path}/`;
  return pathOfStored(`${below}${row.collection_id}/${row.document_id}`);
}

export function fromRow(row: DocumentRow): StoredDocument {
  return {
    path: pathOf(row),
    fields: parseJsonText(row.data) as Fields,
    createTime: row.create_us,
    updateTime: row.update_us,
  };
}

export function toDocument(database: string, document: StoredDocument): Document {
  return {
    name: documentName(database, document.path),
    fields: document.fields,
    createTime: document.createTime,
    updateTime: document.updateTime,
  };
}
