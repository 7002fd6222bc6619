import { parseJsonText } from '@telestack/json';
import type { Json } from '@telestack/values';
import type { Operation } from '../commit/operation.ts';
import type { CommitResult } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import { readDocuments } from '../read/lookup.ts';

/**
 * What a transaction's commit has answered, for a client that sends it again because the answer was lost; undefined when this transaction was
 * not committed with these writes (`request` is their hash).
 */
export async function findCommitted(
  { database }: Docstore,
  { id, request }: { readonly id: string; readonly request: string },
  operations: readonly Operation[],
): Promise<CommitResult | undefined> {
  const { rows } = await database.query<{ commit_us: number; transform_results: string | null }>(
    `SELECT (extract(epoch FROM time) * 1000000)::bigint AS commit_us, transform_results
       FROM telestack.committed_transactions WHERE id = $1 AND request = $2`,
    [id, request],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const commitTime = row.commit_us;
  const names = operations.map(({ name }) => name);
  const { documents } = await readDocuments(database, names, commitTime);
  const transforms = parseJsonText(row.transform_results ?? '[]') as Json[][];
  const writes = operations.map(({ kind }, i) => ({
    updateTime: documents[i]?.updateTime ?? (kind === 'verify' ? commitTime - 1 : undefined),
    transformResults: transforms[i] ?? [],
  }));
  return { commitTime, writes };
}
