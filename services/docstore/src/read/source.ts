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
