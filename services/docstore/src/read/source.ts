import { toTimestamp } from '../commit/execute.ts';
import type { Parameters } from './parameters.ts';

/**
 * The FROM clause of documents `d`: now, or at a time, when superseded versions stand in for what has changed since
 * (docs/spec/consistency.md, 3). PostgreSQL pushes a query's conditions and order into both branches.
 */
export function documentsAt(readTime: number | undefined, parameters: Parameters): string {
  if (readTime === undefined) return 'telestack.documents AS d';
  const columns = 'database, parent_path, collection_id, document_id, data, create_time, update_time';
  return `(${versions(columns, readTime, parameters)}) AS d`;
}

/**
 * The join that finds the documents `d` that the rows `k` name (database, parent_path, collection_id, document_id), now or at a time. PostgreSQL pushes a
 * query's conditions into a union, but no join's: each branch has to have the names itself, or it is read as a whole for every row.
 */
export function joinNamed(readTime: number | undefined, parameters: Parameters): string {
  if (readTime === undefined)
    return 'LEFT JOIN telestack.documents AS d USING (database, parent_path, collection_id, document_id)';
  const isNamed = `(v.database, v.parent_path, v.collection_id, v.document_id)
    = (k.database, k.parent_path, k.collection_id, k.document_id)`;
  return `LEFT JOIN LATERAL (${versions('data, create_time, update_time', readTime, parameters, isNamed)}) AS d ON true`;
}

/** Versions `v` of documents that were the newest at a time. */
function versions(columns: string, readTime: number, parameters: Parameters, condition = 'true'): string {
  const time = `${parameters.add(toTimestamp(readTime))}::timestamptz`;
  return `SELECT ${columns} FROM telestack.documents AS v WHERE ${condition} AND v.update_time <= ${time}
    UNION ALL SELECT ${columns} FROM telestack.document_history AS v
      WHERE ${condition} AND v.update_time <= ${time} AND v.superseded_time > ${time}`;
}
