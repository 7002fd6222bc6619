import { createHash, randomUUID } from 'node:crypto';
import { aborted, invalidArgument } from '@telestack/errors';
import type { TransactionOptions } from '@telestack/protos/google/firestore/v1/common.ts';
import type { Query } from '@telestack/query';
import { pathOfStored, storedPath } from '@telestack/values';
import { toTimestamp } from '../commit/execute.ts';
import type { DocumentKey, ReadSet } from '../commit/request.ts';
import type { Queryable } from '../database.ts';
import { READ_TIME } from '../read/row.ts';
import { fingerprintSql } from '../read/run-query.ts';

/** Google ends a transaction 270 s after it began. */
const LIFETIME_SECONDS = 270;

export interface Transaction {
  readonly id: string;
  readonly readOnly: boolean;
  /** Microseconds. Every read of the transaction sees this time. */
  readonly readTime: number;
}

/** Running transactions, in PostgreSQL: any replica can serve any step of one. */
export class Transactions {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Begins a transaction; `readTime` (microseconds) only for a read-only one. The token is opaque to clients. */
  async begin(database: string, options: TransactionOptions | undefined, readTime?: number): Promise<Buffer> {
    const id = randomUUID();
    const readOnly = options?.mode?.$case === 'readOnly';
    if (options?.mode?.$case === 'readWrite') await this.#checkRetry(options.mode.readWrite.retryTransaction);
    // A read-only transaction sees the time of its begin; a read-write one that of its first read, to be less often in vain.
    await this.#database.query(
      `INSERT INTO telestack.transactions (id, database, read_only, read_time)
         VALUES ($1, $2, $3, coalesce($4::timestamptz, CASE WHEN $3 THEN (SELECT max(time) FROM telestack.commits) END))`,
      [id, database, readOnly, readTime === undefined ? null : toTimestamp(readTime)],
    );
    return Buffer.from(id.replaceAll('-', ''), 'hex');
  }

  /** What is tried again may be over and gone; only a read-only transaction cannot. */
  async #checkRetry(token: Uint8Array): Promise<void> {
    if (token.length === 0) return;
    const { rows } = await this.#database.query(
      'SELECT 1 FROM telestack.transactions WHERE id = $1 AND read_only',
      [parseToken(token)],
    );
    if (rows.length > 0) throw invalidArgument('Cannot retry a read-only transaction.');
  }

  /** The transaction of a token, with its read time fixed. */
  async forRead(database: string, token: Uint8Array): Promise<Transaction> {
    const id = parseToken(token);
    const { rows } = await this.#database.query<{ read_only: boolean; read_us: number }>(
      `UPDATE telestack.transactions SET read_time = coalesce(read_time, (SELECT max(time) FROM telestack.commits))
         WHERE id = $1 AND database = $2 AND start_time > now() - make_interval(secs => ${LIFETIME_SECONDS})
         RETURNING read_only, (extract(epoch FROM read_time) * 1000000)::bigint AS read_us`,
      [id, database],
    );
    if (rows.length === 0) throw expired();
    return { id, readOnly: rows[0]!.read_only, readTime: rows[0]!.read_us };
  }

  /** Remembers documents that a transaction has read. */
  async addDocuments(
    transaction: Transaction,
    keys: readonly DocumentKey[],
    updateTimes: readonly (number | undefined)[],
  ): Promise<void> {
    if (transaction.readOnly || keys.length === 0) return;
    await this.#add(
      'documents = documents || $2::text[], update_times = update_times || $3::timestamptz[]',
      transaction,
      keys.map((key) => storedPath(`${key.parentPath}/${key.collectionId}/${key.documentId}`)),
      updateTimes.map(toTimestamp),
    );
  }

  /** Remembers a query that a transaction has run, and its result as [path, update time] pairs. */
  async addQuery(
    transaction: Transaction,
    query: Query,
    result: readonly (readonly [string, number])[],
  ): Promise<void> {
    if (transaction.readOnly) return;
    const entries = result.map(
      ([path, updateTime]) => `${path.includes('/') ? anchored(path) : path}@${updateTime}`,
    );
    await this.addFingerprint(transaction, fingerprintSql(query), md5(entries.join(',')));
  }

  async addFingerprint(transaction: Transaction, text: string, fingerprint: string): Promise<void> {
    if (transaction.readOnly) return;
    await this.#add(
      'queries = queries || $2::text[], fingerprints = fingerprints || $3::text[]',
      transaction,
      [text],
      [fingerprint],
    );
  }

  async #add(set: string, transaction: Transaction, first: unknown[], second: unknown[]): Promise<void> {
    const { rows } = await this.#database.query(
      `UPDATE telestack.transactions SET ${set} WHERE id = $1 RETURNING id`,
      [transaction.id, first, second],
    );
    if (rows.length === 0) throw expired();
  }

  /**
   * Ends a transaction, if it has not ended yet.
   * @throws StatusError INVALID_ARGUMENT when it is one of another database
   */
  async rollback(database: string, token: Uint8Array): Promise<void> {
    const id = parseToken(token);
    const { rows } = await this.#database.query<{ is_here: boolean }>(
      `WITH ended AS (DELETE FROM telestack.transactions WHERE id = $1 AND database = $2)
         SELECT database = $2 AS is_here FROM telestack.transactions WHERE id = $1`,
      [id, database],
    );
    if (rows[0]?.is_here === false) throw invalidArgument('Transaction is invalid or expired.');
  }

  /**
   * Checks that a transaction runs and may write.
   * @throws StatusError INVALID_ARGUMENT
   */
  async checkWritable(database: string, token: Uint8Array): Promise<void> {
    const { rows } = await this.#database.query<{ read_only: boolean }>(
      `SELECT read_only FROM telestack.transactions
         WHERE id = $1 AND database = $2 AND start_time > now() - make_interval(secs => ${LIFETIME_SECONDS})`,
      [parseToken(token), database],
    );
    if (rows.length === 0) throw expired();
    if (rows[0]!.read_only) throw invalidArgument('Cannot modify entities in a read-only transaction.');
  }

  /**
   * Ends a transaction and gives what it has read. A read-only one that is to write goes on.
   * @throws StatusError INVALID_ARGUMENT
   */
  async end(database: string, token: Uint8Array, isWriting: boolean): Promise<ReadSet> {
    const { rows } = await this.#database.query<{
      documents: string[];
      update_us: (number | null)[];
      queries: string[];
      fingerprints: string[];
    }>(
      `DELETE FROM telestack.transactions
         WHERE id = $1 AND database = $2 AND start_time > now() - make_interval(secs => ${LIFETIME_SECONDS})
           AND NOT (read_only AND $3)
         RETURNING documents, queries, fingerprints, ARRAY(
           SELECT CASE WHEN t > '-infinity' THEN (extract(epoch FROM t) * 1000000)::bigint END
             FROM unnest(update_times) WITH ORDINALITY AS u(t, i) ORDER BY i) AS update_us`,
      [parseToken(token), database, isWriting],
    );
    const row = rows[0];
    if (row === undefined) {
      if (isWriting) await this.checkWritable(database, token);
      throw expired();
    }
    return {
      documents: row.documents.map((path, i) => ({
        key: keyOf(database, path),
        updateTime: row.update_us[i] === null ? undefined : Number(row.update_us[i]),
      })),
      queries: row.queries.map((text, i) => ({ text, fingerprint: row.fingerprints[i]! })),
    };
  }
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** As `fingerprintSql` writes a path: a root document's starts with the slash behind its empty parent. */
function anchored(path: string): string {
  const stored = storedPath(path);
  return path.split('/').length === 2 ? `/${stored}` : stored;
}

function keyOf(database: string, stored: string): DocumentKey {
  const anchoredPath = pathOfStored(stored);
  const segments = anchoredPath.split('/');
  const [collectionId, documentId] = segments.slice(-2) as [string, string];
  const parentPath = segments.slice(0, -2).join('/');
  const path = parentPath === '' ? `${collectionId}/${documentId}` : anchoredPath;
  return { database, parentPath, collectionId, documentId, path };
}

/** The id that a token stands for. @throws StatusError INVALID_ARGUMENT */
export function parseToken(token: Uint8Array): string {
  if (token.length !== 16) throw invalidArgument('Invalid transaction.');
  const hex = Buffer.from(token).toString('hex');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

const expired = () => invalidArgument('The referenced transaction has expired or is no longer valid.');
export const lost = () => aborted('The referenced transaction has expired or is no longer valid.');
export { READ_TIME };
