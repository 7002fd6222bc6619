import { type Bound, isNameField, type Order, type Query } from '@telestack/query';
import { type Json, storedPath } from '@telestack/values';
import { indexKeySql, valueKey } from './field-sql.ts';
import { filterSql } from './filter-sql.ts';
import { type NameKey, nameKey } from './name-sql.ts';
import { literal, Parameters } from './parameters.ts';
import { DOCUMENT_COLUMNS } from './row.ts';
import { documentsAt } from './source.ts';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

export interface PageOptions {
  /** Microseconds; absent reads the newest state. */
  readonly readTime?: number;
  /** Go on behind this document: its values for the query's orders. */
  readonly after?: readonly Json[];
  /** Documents to return and to skip; instead of the query's own. */
  readonly limit?: number;
  readonly offset?: number;
  /** Columns of `d`; the default is whole documents. */
  readonly columns?: string;
  readonly parameters?: Parameters;
}

/** The statement that gives a page of a query's result, in order. */
export function querySql(query: Query, page: PageOptions = {}): Statement {
  const parameters = page.parameters ?? new Parameters();
  const { from, where } = scopeSql(query, parameters, page);
  const name = nameKey(query);
  const orders = query.orders.map(({ field, direction }) => `${orderKeySql(field, name)} ${direction}`);
  const limit = page.limit === undefined ? '' : ` LIMIT ${limitSql(page.limit, page.after, parameters)}`;
  const offset = page.offset ? ` OFFSET ${parameters.add(page.offset)}` : '';
  return {
    text: `SELECT ${page.columns ?? DOCUMENT_COLUMNS}
      FROM ${from} WHERE ${where} ORDER BY ${orders.join(', ')}${limit}${offset}`,
    values: parameters.values,
  };
}

/**
 * The first page's limit stands in the text: without it a plan for any values expects a tenth of the result, so PostgreSQL makes one for each
 * execution, which takes ten times as long as twenty documents. Later pages have sizes of all kinds.
 */
function limitSql(limit: number, after: PageOptions['after'], parameters: Parameters): string {
  return after === undefined ? String(limit) : parameters.add(limit);
}

/** FROM and WHERE of a query: its scope, filter, ordered fields and cursors. */
export function scopeSql(
  query: Query,
  parameters: Parameters,
  page: PageOptions = {},
): { from: string; where: string } {
  const from = documentsAt(page.readTime, parameters);
  const name = nameKey(query);
  const conditions = [`d.database = ${parameters.add(query.database)}`, ...ancestorSql(query, parameters)];
  if (query.collectionId !== '')
    conditions.push(`d.collection_id = ${literal(storedPath(query.collectionId))}`);
  if (query.filter) conditions.push(filterSql(query.filter, name, parameters));
  for (const { field } of query.orders) {
    if (!isNameField(field)) conditions.push(`${indexKeySql(field)} IS NOT NULL`);
  }
  const start = page.after ? { values: page.after, inclusive: false } : query.start;
  if (start) conditions.push(boundSql(query.orders, start, 'after', name, parameters));
  if (query.end) conditions.push(boundSql(query.orders, query.end, 'before', name, parameters));
  return { from, where: conditions.join(' AND ') };
}

function ancestorSql({ parentPath, allDescendants }: Query, parameters: Parameters): string[] {
  if (!allDescendants) return [`d.parent_path = ${parameters.add(storedPath(parentPath))}`];
  if (parentPath === '') return [];
  const at = parameters.add(storedPath(parentPath));
  // '0' is the character after '/'.
  return [`(d.parent_path = ${at} OR (d.parent_path >= ${at} || '/' AND d.parent_path < ${at} || '0'))`];
}

/** The documents on one side of a cursor. A row comparison where all directions agree, since only that can use an index as a whole. */
function boundSql(
  orders: readonly Order[],
  bound: Bound,
  side: 'after' | 'before',
  name: NameKey,
  parameters: Parameters,
): string {
  const parts = bound.values.map((value, i) => {
    const { field, direction } = orders[i]!;
    const placeholder = parameters.add(isNameField(field) ? name.of(value) : valueKey(value).index);
    const greater = (side === 'after') === (direction === 'asc');
    return { key: orderKeySql(field, name), placeholder, operator: greater ? '>' : '<' };
  });
  if (parts.length === 0) return bound.inclusive ? 'true' : 'false';
  const [first] = parts;
  const suffix = bound.inclusive ? '=' : '';
  if (parts.every(({ operator }) => operator === first!.operator)) {
    const keys = parts.map(({ key }) => key).join(', ');
    const values = parts.map(({ placeholder }) => placeholder).join(', ');
    return `(${keys}) ${first!.operator}${suffix} (${values})`;
  }
  const alternatives = parts.map((part, i) => {
    const equal = parts.slice(0, i).map(({ key, placeholder }) => `${key} = ${placeholder}`);
    const isLast = i === parts.length - 1;
    return [...equal, `${part.key} ${part.operator}${isLast ? suffix : ''} ${part.placeholder}`].join(
      ' AND ',
    );
  });
  return `${first!.key} ${first!.operator}= ${first!.placeholder} AND (${alternatives.map((a) => `(${a})`).join(' OR ')})`;
}

export const orderKeySql = (field: readonly string[], name: NameKey): string =>
  isNameField(field) ? name.sql : indexKeySql(field);
