import { createHash } from 'node:crypto';
import { aborted, invalidArgument, type StatusError } from '@telestack/errors';
import type { Query } from '@telestack/query';
import { storedPath } from '@telestack/values';
import { keyColumns, toTimestamp } from '../commit/execute.ts';
import type { DocumentKey, ReadSet } from '../commit/request.ts';
import type { Queryable } from '../database.ts';
import { READ_TIME } from '../read/row.ts';
import { fingerprintSql } from '../read/run-query.ts';
import { keyFromColumns } from './key.ts';
import { isReadOnlyOf, newReadOnlyToken, parseToken, type Token } from './token.ts';
import { Turns } from './turns.ts';

/** Google ends a transaction 270 s after it began. */
const LIFETIME_SECONDS = 270;

/** A transaction with a read time. */
export interface Transaction {
  readonly id: string;
  readonly readOnly: boolean;
  /** Microseconds. Every read of the transaction sees this time. */
  readonly readTime: number;
}

/** A query and what it has given: paths and update times. */
export interface RanQuery {
  readonly query: Query;
  readonly result: readonly (readonly [string, number])[];
}

/** Running transactions. Any replica can serve any step of one. */
export class Transactions {
  readonly turns: Turns;
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
    this.turns = new Turns(database);
  }

  /** A read-only transaction at `readTime` (microseconds) or now. */
  async beginReadOnly(database: string, readTime?: number): Promise<Token> {
    return newReadOnlyToken(database, readTime ?? (await this.#newest()));
  }

  /** Begins a read-write transaction that reads later. */
  async begin(database: string, token: Token): Promise<Token> {
    await this.#database.query('INSERT INTO telestack.transactions (id, database) VALUES ($1, $2)', [
      token.id,
      database,
    ]);
    return token;
  }

  /** Begins a read-write transaction that reads as of `readTime`, or now, and perhaps has run a query. */
  async beginAt(database: string, { id }: Token, readTime?: number, ran?: RanQuery): Promise<Transaction> {
    const { rows } = await this.#database.query<{ read_us: number }>(
      `INSERT INTO telestack.transactions (id, database, read_time, queries, fingerprints)
         VALUES ($1, $2, coalesce($3::timestamptz, (SELECT max(time) FROM telestack.commits)), $4::text[], $5::text[])
         RETURNING (extract(epoch FROM read_time) * 1000000)::bigint AS read_us`,
      [
        id,
        database,
        readTime === undefined ? null : toTimestamp(readTime),
        ran ? [fingerprintSql(ran.query)] : [],
        ran ? [fingerprintOf(ran.result)] : [],
      ],
    );
    return { id, readOnly: false, readTime: rows[0]!.read_us };
  }

  /** The transaction of a token, with its read time fixed. @throws StatusError INVALID_ARGUMENT, ABORTED */
  async forRead(database: string, bytes: Uint8Array): Promise<Transaction> {
    const token = parseToken(bytes);
    const { id, readOnly } = token;
    if (token.readTime !== undefined) {
      await this.#checkReadOnly(database, token, token.readTime);
      return { id, readOnly, readTime: token.readTime };
    }
    const { rows } = await this.#database.query<{ read_us: number }>(
      `UPDATE telestack.transactions SET read_time = coalesce(read_time, (SELECT max(time) FROM telestack.commits))
         WHERE id = $1 AND database = $2 AND start_time > now() - make_interval(secs => ${LIFETIME_SECONDS})
         RETURNING (extract(epoch FROM read_time) * 1000000)::bigint AS read_us`,
      [id, database],
    );
    if (rows.length === 0) throw await this.missing(token);
    return { id, readOnly, readTime: rows[0]!.read_us };
  }

  async #checkReadOnly(database: string, token: Token, readTime: number): Promise<void> {
    if (!isReadOnlyOf(token, database)) throw expired();
    const { id, startTime } = token;
    const { rows } = await this.#database.query<{ ended: boolean; read_us: number }>(
      `SELECT EXISTS (SELECT FROM telestack.ended_transactions WHERE id = $1) AS ended, ${READ_TIME} AS read_us`,
      [id],
    );
    const { ended, read_us: newest } = rows[0]!;
    // The time after the newest commit is still open: no token that was given out has one.
    if (ended || readTime > newest || Date.now() - startTime > LIFETIME_SECONDS * 1000) throw expired();
  }

  /** Remembers documents that a transaction has read at its read time. */
  async addDocuments(
    transaction: Transaction,
    keys: readonly DocumentKey[],
    updateTimes: readonly (number | undefined)[],
  ): Promise<void> {
    if (transaction.readOnly || keys.length === 0) return;
    const [, parents, collections, documents] = keyColumns(keys);
    await this.#add(
      `parents = parents || $2::text[], collections = collections || $3::text[], documents = documents || $4::text[],
        update_times = update_times || $5::timestamptz[]`,
      [transaction.id, parents, collections, documents, updateTimes.map(toTimestamp)],
    );
  }

  /** Remembers a query that a transaction has run. */
  async addQuery(transaction: Transaction, { query, result }: RanQuery): Promise<void> {
    if (transaction.readOnly) return;
    await this.addFingerprint(transaction, fingerprintSql(query), fingerprintOf(result));
  }

  /** Remembers a query whose result the caller has seen only in part: what it gives at the transaction's read time. */
  async addSearch(transaction: Transaction, query: Query): Promise<void> {
    if (transaction.readOnly) return;
    const { rows } = await this.#database.query<{ fingerprint: string }>(
      fingerprintSql(query, transaction.readTime),
    );
    await this.addFingerprint(transaction, fingerprintSql(query), rows[0]!.fingerprint);
  }

  async addFingerprint(transaction: Transaction, text: string, fingerprint: string): Promise<void> {
    if (transaction.readOnly) return;
    await this.#add('queries = queries || $2::text[], fingerprints = fingerprints || $3::text[]', [
      transaction.id,
      [text],
      [fingerprint],
    ]);
  }

  async #add(set: string, values: readonly unknown[]): Promise<void> {
    const { rows } = await this.#database.query(
      `UPDATE telestack.transactions SET ${set} WHERE id = $1 RETURNING id`,
      values,
    );
    if (rows.length === 0) throw expired();
  }

  /** What a read-write transaction has read; undefined when it is not (or no longer) there. */
  async readSet(database: string, { id }: Token): Promise<ReadSet | undefined> {
    const { rows } = await this.#database.query<{
      parents: string[];
      collections: string[];
      documents: string[];
      update_us: (number | null)[];
      queries: string[];
      fingerprints: string[];
    }>(
      `SELECT parents, collections, documents, queries, fingerprints, ARRAY(
           SELECT CASE WHEN t > '-infinity' THEN (extract(epoch FROM t) * 1000000)::bigint END
             FROM unnest(update_times) WITH ORDINALITY AS u(t, i) ORDER BY i) AS update_us
         FROM telestack.transactions
         WHERE id = $1 AND database = $2 AND start_time > now() - make_interval(secs => ${LIFETIME_SECONDS})`,
      [id, database],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return {
      documents: row.documents.map((document, i) => ({
        key: keyFromColumns(database, row.parents[i]!, row.collections[i]!, document),
        updateTime: row.update_us[i] === null ? undefined : Number(row.update_us[i]),
      })),
      queries: row.queries.map((text, i) => ({ text, fingerprint: row.fingerprints[i]! })),
    };
  }

  /** Ends a transaction, if it has not ended yet: others need not wait for it. */
  async end(token: Token): Promise<void> {
    if (token.readOnly) {
      await this.#database.query(
        'INSERT INTO telestack.ended_transactions (id) VALUES ($1) ON CONFLICT DO NOTHING',
        [token.id],
      );
      return;
    }
    await this.#database.query('SELECT telestack.end_transactions($1::uuid[])', [[token.id]]);
    this.turns.passOn();
  }

  /**
   * Ends a transaction for its client, if it has not ended yet.
   * @throws StatusError INVALID_ARGUMENT when it is one of another database
   */
  async rollback(database: string, token: Token): Promise<void> {
    if (token.readOnly && !isReadOnlyOf(token, database)) throw expired();
    const { rows } = await this.#database.query(
      'SELECT id FROM telestack.transactions WHERE id = $1 AND database <> $2',
      [token.id, database],
    );
    if (rows.length > 0) throw expired();
    await this.end(token);
  }

  /** Why there is no such transaction: a crash has taken it (clients start again), or it has ended. */
  async missing({ startTime }: Token): Promise<StatusError> {
    const { rows } = await this.#database.query<{ lost: boolean }>('SELECT telestack.was_lost($1) AS lost', [
      // The token's time is that of the millisecond's beginning.
      new Date(startTime + 1).toISOString(),
    ]);
    return rows[0]!.lost && Date.now() - startTime < LIFETIME_SECONDS * 1000 ? lost() : expired();
  }

  async #newest(): Promise<number> {
    const { rows } = await this.#database.query<{ read_us: number }>(`SELECT ${READ_TIME} AS read_us`);
    return rows[0]!.read_us;
  }
}

function fingerprintOf(result: RanQuery['result']): string {
  const entries = result.map(
    ([path, updateTime]) => `${path.includes('/') ? anchored(path) : path}@${updateTime}`,
  );
  return createHash('md5').update(entries.join(',')).digest('hex');
}

/** As `fingerprintSql` writes a path: a root document's starts with the slash behind its empty parent. */
function anchored(path: string): string {
  const stored = storedPath(path);
  return path.split('/').length === 2 ? `/${stored}` : stored;
}

const expired = () => invalidArgument('The referenced transaction has expired or is no longer valid.');
const lost = () => aborted('The referenced transaction was lost. Please try again.');
