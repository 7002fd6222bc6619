import { toTimestamp } from '../commit/execute.ts';
import type { Parameters } from './parameters.ts';

/**
 * The FROM clause of documents `d`: now, or at a time, when superseded versions stand in for what has changed since
 * (docs/spec/consistency.md, 3). PostgreSQL pushes a query's conditions and order into both branches.
 */
export function documentsAt(readTime: number | undefined, parameters: Parameters): string {
  if (readTime === undefined) return 'telestack.documents AS d';
  const time = `${parameters.add(toTimestamp(readTime))}::timestamptz`;
  const columns = 'database, parent_path, collection_id, document_id, data, create_time, update_time';
  return `(SELECT ${columns} FROM telestack.documents WHERE update_time <= ${time}
    UNION ALL SELECT ${columns} FROM telestack.document_history
      WHERE update_time <= ${time} AND superseded_time > ${time}) AS d`;
}

/**
 * The join that finds the documents `d` that the rows `k` name (database, parent_path, collection_id, document_id), now or at a time. PostgreSQL pushes a
 * query's conditions into a union, but no join's: each branch has to have the names itself, or it is read as a whole for every row.
 */
export function joinNamed(readTime: number | undefined, parameters: Parameters): string {
  const names = 'database, parent_path, collection_id, document_id';
  if (readTime === undefined) return `LEFT JOIN telestack.documents AS d USING (${names})`;
  const time = `${parameters.add(toTimestamp(readTime))}::timestamptz`;
  const isNamed = `(v.database, v.parent_path, v.collection_id, v.document_id) = (k.database, k.parent_path, k.collection_id, k.document_id)`;
  const columns = 'v.data, v.create_time, v.update_time';
  return `LEFT JOIN LATERAL (
      SELECT ${columns} FROM telestack.documents AS v WHERE ${isNamed} AND v.update_time <= ${time}
      UNION ALL SELECT ${columns} FROM telestack.document_history AS v
        WHERE ${isNamed} AND v.update_time <= ${time} AND v.superseded_time > ${time}) AS d ON true`;
}
