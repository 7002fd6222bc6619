import type { Aggregation, Query } from '@telestack/query';
import type { Json } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { fieldSql } from './field-sql.ts';
import { nameKey } from './name-sql.ts';
import { Parameters } from './parameters.ts';
import { orderKeySql, scopeSql } from './query-sql.ts';
import { READ_TIME } from './row.ts';

export interface AggregationPage {
  /** Microseconds. */
  readonly readTime: number;
  /** By alias. */
  readonly fields: { [alias: string]: Json };
}

type AggregateRow = { read_us: number } & Record<string, string | number | boolean | null>;

/** Counts, sums and averages over a query's result, computed in PostgreSQL. */
export async function aggregate(
  database: Queryable,
  query: Query,
  aggregations: readonly Aggregation[],
  readTime?: number,
): Promise<AggregationPage> {
  const parameters = new Parameters();
  const text = aggregateSql(query, aggregations, parameters, readTime);
  const { rows } = await database.query<AggregateRow>(text, parameters.values);
  const row = rows[0]!;
  const fields = Object.fromEntries(
    aggregations.map((aggregation, i) => [aggregation.alias, resultOf(aggregation, i, row)]),
  );
  return { readTime: readTime ?? row.read_us, fields };
}

/** A statement whose one text is equal when the aggregation's result is; for transactions. */
export function aggregateFingerprintSql(
  query: Query,
  aggregations: readonly Aggregation[],
  readTime?: number,
): string {
  const text = aggregateSql(query, aggregations, new Parameters({ inline: true }), readTime);
  return `SELECT (to_jsonb(result) - 'read_us')::text AS fingerprint FROM (${text}) AS result`;
}

function aggregateSql(
  query: Query,
  aggregations: readonly Aggregation[],
  parameters: Parameters,
  readTime?: number,
): string {
  const { from, where } = scopeSql(query, parameters, { readTime });
  const fields = aggregations.map(({ field }, i) => (field ? `, ${fieldSql(field)} AS v${i}` : '')).join('');
  const isWindow = query.limit !== undefined || query.offset > 0;
  const orders = query.orders.map(
    ({ field, direction }) => `${orderKeySql(field, nameKey(query))} ${direction}`,
  );
  const window = isWindow
    ? ` ORDER BY ${orders.join(', ')} OFFSET ${query.offset}${query.limit === undefined ? '' : ` LIMIT ${query.limit}`}`
    : '';
  // A count with an upper bound need not look further.
  const bounds = aggregations.map(({ upTo }) =>
    upTo === undefined ? Number.POSITIVE_INFINITY : Number(upTo),
  );
  const bound = Math.max(...bounds);
  const enough = !isWindow && Number.isSafeInteger(bound) ? ` LIMIT ${bound}` : '';
  const columns = aggregations.map((aggregation, i) => columnsSql(aggregation, i)).join(', ');
  return `SELECT ${columns}, ${READ_TIME} AS read_us
    FROM (SELECT 1${fields} FROM ${from} WHERE ${where}${window}${enough}) AS r`;
}

/** An integer in the stored form is a plain integral number or `$int`; every other number is a double. */
function columnsSql({ kind }: Aggregation, i: number): string {
  if (kind === 'count') return `count(*) AS c${i}`;
  const isPlain = `jsonb_typeof(v${i}) = 'number'`;
  // Only an object can be asked whether it is a tag, and only CASE says in which order PostgreSQL looks.
  const isTag = (tag: string) =>
    `CASE WHEN jsonb_typeof(v${i}) = 'object' THEN telestack.is_tag(v${i}, '${tag}') ELSE false END`;
  const isInt = `(${isPlain} AND (v${i}::numeric % 1) = 0 AND abs(v${i}::numeric) <= 9007199254740991) OR ${isTag('$int')}`;
  const isDouble = `${isPlain} OR ${isTag('$double')}`;
  const text = `CASE WHEN ${isPlain} THEN v${i} #>> '{}' WHEN ${isTag('$int')} THEN v${i} ->> '$int'
    ELSE v${i} ->> '$double' END`;
  return `count(*) FILTER (WHERE ${isInt} OR ${isDouble}) AS c${i},
    count(*) FILTER (WHERE NOT (${isInt}) AND (${isDouble})) AS d${i},
    sum(CASE WHEN ${isInt} THEN (${text})::numeric END)::text AS i${i},
    sum(CASE WHEN NOT (${isInt}) AND (${isDouble}) THEN (${text})::numeric END)::text AS f${i}`;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

function resultOf({ kind, upTo }: Aggregation, i: number, row: AggregateRow): Json {
  const count = Number(row[`c${i}`]);
  if (kind === 'count') return upTo === undefined ? count : Math.min(count, Number(upTo));
  const integers = BigInt((row[`i${i}`] as string | null) ?? 0);
  const doubles = Number(row[`f${i}`] ?? 0);
  if (kind === 'avg') return count === 0 ? null : toDouble((Number(integers) + doubles) / count);
  if (Number(row[`d${i}`]) > 0 || integers > INT64_MAX || integers < INT64_MIN)
    return toDouble(Number(integers) + doubles);
  return toInteger(integers);
}

function toInteger(n: bigint): Json {
  return Number.isSafeInteger(Number(n)) ? Number(n) : { $int: String(n) };
}

function toDouble(n: number): Json {
  if (Number.isSafeInteger(n) && !Object.is(n, -0)) return { $double: n };
  return Number.isInteger(n) || !Number.isFinite(n) ? { $double: Object.is(n, -0) ? '-0' : String(n) } : n;
}
