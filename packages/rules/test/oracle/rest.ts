import { type Fields, type Json, mapEntries, tagged, tagOf } from '@telestack/values';
import type { ListQuery, Op, Where } from './scenario.ts';

const TAGS: Readonly<Record<string, (held: Json) => object>> = {
  $int: (held) => ({ integerValue: String(held) }),
  $double: (held) => ({ doubleValue: held }),
  $timestamp: (held) => ({ timestampValue: held }),
  $bytes: (held) => ({ bytesValue: held }),
  $ref: (held) => ({ referenceValue: held }),
  $geo: (held) => ({ geoPointValue: { latitude: (held as number[])[0], longitude: (held as number[])[1] } }),
};

/** A stored value in the JSON of Google's REST API. */
export function restValue(value: Json): object {
  if (value === null) return { nullValue: null };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(restValue) } };
  const tag = tagOf(value);
  return tag === undefined ? { mapValue: { fields: restFields(value) } } : TAGS[tag]!(tagged(value)!);
}

export const restFields = (fields: Fields): object =>
  Object.fromEntries(mapEntries(fields).map(([name, value]) => [name, restValue(value)]));

const OPERATORS: Readonly<Record<Op, string>> = {
  '==': 'EQUAL',
  '!=': 'NOT_EQUAL',
  '<': 'LESS_THAN',
  '<=': 'LESS_THAN_OR_EQUAL',
  '>': 'GREATER_THAN',
  '>=': 'GREATER_THAN_OR_EQUAL',
  in: 'IN',
  'not-in': 'NOT_IN',
  'array-contains': 'ARRAY_CONTAINS',
  'array-contains-any': 'ARRAY_CONTAINS_ANY',
};

/** A query in the JSON of Google's REST API. */
export function restQuery(collectionId: string, query: ListQuery): object {
  const { where = [], orderBy = [], limit, offset, group } = query;
  return {
    from: [{ collectionId, allDescendants: group ?? false }],
    ...(where.length > 0 && { where: composite('AND', where) }),
    orderBy: orderBy.map((order) => ({
      field: { fieldPath: order.replace(/^-/, '') },
      direction: order.startsWith('-') ? 'DESCENDING' : 'ASCENDING',
    })),
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
  };
}

const composite = (op: string, filters: readonly Where[]): object => ({
  compositeFilter: { op, filters: filters.map(restFilter) },
});

function restFilter(where: Where): object {
  if ('or' in where) return composite('OR', where.or);
  if ('and' in where) return composite('AND', where.and);
  const [fieldPath, op, value] = where;
  return { fieldFilter: { field: { fieldPath }, op: OPERATORS[op], value: restValue(value) } };
}
