import { cancelled } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';
import type { Fields } from '@telestack/values';
import { keyColumns } from '../commit/execute.ts';
import type { DocumentKey } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import type { LookupResult } from '../read/lookup.ts';
import type { Token } from './token.ts';
import type { Transaction } from './transactions.ts';
import { LEASE_MS, PATIENCE_MS } from './turns.ts';

interface Row {
  state: 'read' | 'waiting' | 'fixed' | 'unknown';
  data: string | null;
  create_us: number | null;
  update_us: number | null;
  read_us: number | null;
}

/**
 * Reads documents in their newest versions for a read-write transaction, once those before it have committed, and moves its read time there.
 * Without `result` it has to go on at the read time that it has.
 * @throws StatusError INVALID_ARGUMENT, ABORTED when there is no such transaction; CANCELLED
 */
export async function readInTransaction(
  { database: sql, transactions }: Docstore,
  keys: readonly DocumentKey[],
  { token, begins }: { token: Token; begins: boolean },
  signal?: AbortSignal,
): Promise<{ transaction: Transaction; result: LookupResult | undefined }> {
  const { database } = keys[0]!;
  const [, ...columns] = keyColumns(keys);
  const read = async (mayWait: boolean): Promise<readonly Row[]> => {
    const { rows } = await sql.query<Row>(
      `SELECT state, data, create_us, update_us, read_us FROM telestack.read_in_transaction(
        $1, $2, $3, $4::text[], $5::text[], $6::text[], $7, $8::interval, $9::interval)`,
      // Its place is kept a little longer than it waits, so that it can come back for it.
      [token.id, database, begins, ...columns, mayWait, `${PATIENCE_MS + LEASE_MS} ms`, `${LEASE_MS} ms`],
    );
    return rows;
  };
  const end = performance.now() + PATIENCE_MS;
  let rows = await read(true);
  while (rows[0]!.state === 'waiting') {
    await transactions.turns.wait(token.id, end, signal);
    if (signal?.aborted) {
      await transactions.turns.leave(token.id);
      throw cancelled('The call was cancelled.');
    }
    rows = await read(performance.now() < end);
  }
  const first = rows[0]!;
  if (first.state === 'unknown') throw await transactions.missing(token);
  const readTime = first.read_us!;
  const transaction = { id: token.id, readOnly: false, readTime };
  if (first.state === 'fixed') return { transaction, result: undefined };
  const documents = rows.map((row, i) =>
    row.data === null
      ? undefined
      : {
          path: keys[i]!.path,
          fields: parseJsonText(row.data) as Fields,
          createTime: row.create_us!,
          updateTime: row.update_us!,
        },
  );
  return { transaction, result: { readTime, documents } };
}
