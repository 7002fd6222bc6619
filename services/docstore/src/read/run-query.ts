import { isNameField, type Order, type Query } from '@telestack/query';
import { documentName, getField, type Json, referenceOf } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { Parameters } from './parameters.ts';
import { querySql, type Statement } from './query-sql.ts';
import { type DocumentRow, fromRow, READ_TIME, type StoredDocument } from './row.ts';

export interface QueryPage {
  /** Microseconds; the same for every page. */
  readonly readTime: number;
  readonly documents: readonly StoredDocument[];
  readonly isLast: boolean;
}

type SnapshotRow = { read_us: number } & (DocumentRow | { document_id: null });

const FIRST_PAGE = 200;
const LARGEST_PAGE = 2_000;
const SMALLEST_PAGE = 10;
/** A page is held in memory as a whole. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * A query's result in pages, all of them at one read time: the first page's snapshot, or the given time. No connection is held between
 * pages: the history table makes later pages exact. Yields at least one page.
 */
export async function* runQuery(
  database: Queryable,
  query: Query,
  readTime?: number,
): AsyncGenerator<QueryPage, void, void> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let size = Math.min(left, FIRST_PAGE);
  let time = readTime;
  let after: Json[] | undefined;
  for (;;) {
    const statement = querySql(query, {
      readTime: time,
      after,
      limit: size,
      offset: after ? 0 : query.offset,
    });
    const page = await readPage(database, statement, time);
    time = page.readTime;
    const { rows } = page;
    const documents = rows.map(fromRow);
    left -= documents.length;
    const isLast = documents.length < size || left <= 0;
    yield { readTime: time, documents, isLast };
    if (isLast) return;
    const bytes = rows.reduce((sum, row) => sum + row.data.length, 0);
    const fitting = Math.floor((PAGE_BYTES * rows.length) / Math.max(bytes, 1));
    size = Math.min(left, Math.max(SMALLEST_PAGE, Math.min(LARGEST_PAGE, fitting)));
    after = orderValues(query.orders, query.database, documents.at(-1)!);
  }
}

/**
 * The rows of a statement and their read time. A result without rows has the read time of its own snapshot too: a listener that joins
 * the change stream at a later one would never see the first documents that were committed in between.
 */
async function readPage(
  database: Queryable,
  { text, values }: Statement,
  time: number | undefined,
): Promise<{ readTime: number; rows: DocumentRow[] }> {
  if (time !== undefined)
    return { readTime: time, rows: (await database.query<DocumentRow>(text, values)).rows };
  const { rows } = await database.query<SnapshotRow>(
    `SELECT s.read_us, r.* FROM (SELECT ${READ_TIME} AS read_us) AS s LEFT JOIN (${text}) AS r ON true`,
    values,
  );
  return { readTime: rows[0]!.read_us, rows: rows.filter((row) => row.document_id !== null) };
}

/** The read time of a snapshot taken now; microseconds. */
export async function currentReadTime(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ read_us: number }>(`SELECT ${READ_TIME} AS read_us`);
  return rows[0]!.read_us;
}

function orderValues(orders: readonly Order[], database: string, document: StoredDocument): Json[] {
  return orders.map(({ field }) =>
    isNameField(field)
      ? referenceOf(documentName(database, document.path))
      : getField(document.fields, field)!,
  );
}

/** A statement that yields the fingerprint of a query's result, now or at a time: one text that is equal when the result is. */
export function fingerprintSql(query: Query, readTime?: number): string {
  const columns = `d.parent_path || '/' || d.collection_id || '/' || d.document_id || '@'
    || (extract(epoch FROM d.update_time) * 1000000)::bigint AS entry`;
  const { text } = querySql(query, {
    readTime,
    columns,
    limit: query.limit,
    offset: query.offset,
    parameters: new Parameters({ inline: true }),
  });
  return `SELECT md5(coalesce(string_agg(entry, ',' ORDER BY n), '')) AS fingerprint FROM (
    SELECT entry, row_number() OVER () AS n FROM (${text}) AS result) AS numbered`;
}
