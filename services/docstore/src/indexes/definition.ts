import { createHash } from 'node:crypto';
import { type IndexSpec, isNameField } from '@telestack/query';
import { storedPath } from '@telestack/values';
import { fieldSql, indexKeySql } from '../read/field-sql.ts';
import { literal } from '../read/parameters.ts';

export interface IndexDefinition {
  /** "ix_" and a hash of the definition: the same index has the same name in every replica. */
  readonly name: string;
  readonly sql: string;
}

const PATH = `telestack.path_key(CASE WHEN parent_path = '' THEN '' ELSE parent_path || '/' END
  || collection_id || '/' || document_id) COLLATE "C"`;

/** PostgreSQL indexes that serve a Firestore index: a B-tree over the sort keys, and a GIN index for each array that is searched. */
export function indexDefinitions({ collectionId, scope, fields }: IndexSpec): IndexDefinition[] {
  const where = `WHERE collection_id = ${literal(storedPath(collectionId))}`;
  const ordered = fields.filter(({ direction }) => direction !== 'contains');
  const gins = fields
    .filter(({ direction }) => direction === 'contains')
    .map(({ field }) => define(`USING gin ((${column(fieldSql(field))}) jsonb_path_ops) ${where}`));
  if (ordered.every(({ field }) => isNameField(field)) && scope === 'collection') return gins;
  // A B-tree reads backwards as well as forwards: only the relation between directions matters.
  const flip = ordered.at(-1)?.direction === 'desc';
  const keys = ordered.map(({ field, direction }) => {
    const sql = !isNameField(field) ? column(indexKeySql(field)) : scope === 'group' ? PATH : 'document_id';
    return `(${sql}) ${(direction === 'desc') === flip ? 'ASC' : 'DESC'}`.replace(
      '(document_id)',
      'document_id',
    );
  });
  const scopeColumns = scope === 'group' ? 'database' : 'database, parent_path';
  return [...gins, define(`(${scopeColumns}, ${keys.join(', ')}) ${where}`)];
}

/** Expressions are written for a row `d`; an index has no alias. */
const column = (sql: string): string => sql.replaceAll('d.data', 'data');

function define(body: string): IndexDefinition {
  const name = `ix_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  return { name, sql: `CREATE INDEX CONCURRENTLY ${name} ON telestack.documents ${body}` };
}
