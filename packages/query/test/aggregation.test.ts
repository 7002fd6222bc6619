import { Code } from '@telestack/errors';
import type { StructuredAggregationQuery_Aggregation as ProtoAggregation } from '@telestack/protos/google/firestore/v1/query.ts';
import { type AggregationQuery, normalizeAggregationQuery } from '@telestack/query';
import { describe, expect, it } from 'vitest';
import { type Parts, ROOT, ref, structuredQuery, where } from './build.ts';

const count = (alias = '', upTo?: bigint): ProtoAggregation => ({
  operator: { $case: 'count', count: { upTo } },
  alias,
});
const sum = (fieldPath: string, alias = ''): ProtoAggregation => ({
  operator: { $case: 'sum', sum: { field: { fieldPath } } },
  alias,
});
const avg = (fieldPath: string, alias = ''): ProtoAggregation => ({
  operator: { $case: 'avg', avg: { field: { fieldPath } } },
  alias,
});

const normalize = (aggregations: ProtoAggregation[], parts: Parts = {}): AggregationQuery =>
  normalizeAggregationQuery(parts.parent ? `${ROOT}/${parts.parent}` : ROOT, {
    queryType: { $case: 'structuredQuery', structuredQuery: structuredQuery(parts) },
    aggregations,
  });

const ordersOf = (aggregations: ProtoAggregation[], parts: Parts): string[] =>
  normalize(aggregations, parts).query.orders.map(
    ({ field, direction }) => `${field.join('.')} ${direction}`,
  );

const NO_INDEX =
  'This query requires an index that has fields [x.y] after __name__ and Firestore does not currently support such an index.';

describe('aggregations', () => {
  it('without an alias are numbered among themselves', () => {
    const { aggregations } = normalize([count(), count('z', 7n), sum('a.b'), avg('c', 'mean')]);
    expect(aggregations).toEqual([
      { alias: 'field_1', kind: 'count' },
      { alias: 'z', kind: 'count', upTo: 7n },
      { alias: 'field_2', kind: 'sum', field: ['a', 'b'] },
      { alias: 'mean', kind: 'avg', field: ['c'] },
    ]);
  });

  it('see only documents that have the aggregated fields, ordered by them', () => {
    expect(ordersOf([count()], {})).toEqual(['__name__ asc']);
    expect(ordersOf([sum('b'), avg('a'), sum('b', 'again')], {})).toEqual(['a asc', 'b asc', '__name__ asc']);
    expect(ordersOf([sum('b'), sum('a')], { orderBy: ['-a'] })).toEqual([
      'a desc',
      'b desc',
      '__name__ desc',
    ]);
    expect(ordersOf([sum('a')], { where: where('b', '>', 0) })).toEqual(['b asc', 'a asc', '__name__ asc']);
    expect(ordersOf([sum('a')], { from: '+' })).toEqual(['a asc', '__name__ asc']);
  });

  it.each<[string, Parts, string]>([
    [
      'a projection without the field',
      { select: ['b'] },
      "The aggregation property x.y is not present in the base query's property mask.",
    ],
    [
      'a projection of names',
      { select: ['__name__'] },
      'Aggregation over non-key properties is not supported for base query that only returns keys.',
    ],
    [
      'a projection',
      { select: ['`x.y`'] },
      'Cannot apply property masks when aggregation fields are present.',
    ],
    ['an order by name before other orders', { orderBy: ['__name__', 'a'] }, NO_INDEX],
    ['an order by name beside an inequality', { orderBy: ['__name__'], where: where('a', '>', 0) }, NO_INDEX],
    ['repeated orders', { orderBy: ['a', 'a', '__name__'] }, NO_INDEX],
  ])('of a field do not go with %s', (_, parts, message) => {
    expect(() => normalize([sum('`x.y`')], parts)).toThrow(message);
    expect(() => normalize([count()], { ...parts, orderBy: [], where: undefined })).not.toThrow();
  });

  it('of a member do not go with a projection of the map that holds it', () => {
    expect(() => normalize([sum('x.y')], { select: ['x'] })).toThrow(
      'Cannot apply property masks when aggregation fields are present.',
    );
  });

  const alias = (text: string) => [count(text)];
  const invalid: [ProtoAggregation[], string][] = [
    [[], 'Aggregations can not be empty.'],
    [
      Array.from({ length: 6 }, () => count()),
      'The maximum number of aggregations allowed in an aggregation query is 5. Received: 6',
    ],
    [[{ operator: undefined, alias: 'a' }], 'Operator field in Aggregation is not set.'],
    [[count('a'), sum('x', 'a')], 'Aggregation aliases contain duplicate alias: a.'],
    [[count('field_1'), count()], 'Aggregation aliases contain duplicate alias: field_1.'],
    [alias('__a__'), 'The property.name "__a__" is reserved.'],
    [alias('a'.repeat(1501)), 'The property.name is longer than 1500 bytes.'],
    [[count('', 0n)], 'The `up_to` value in a COUNT aggregation must be greater than zero.'],
    [[count('', -1n)], 'The `up_to` value in a COUNT aggregation must be greater than zero.'],
    [[sum('')], 'Invalid empty property path string.'],
    [[avg('__name__')], 'Aggregations are not supported for the property: __key__'],
  ];
  it.each(invalid)('%# are refused', (aggregations, message) => {
    expect(() => normalize(aggregations)).toThrow(
      expect.objectContaining({ code: Code.INVALID_ARGUMENT, message }),
    );
  });

  const byName: Parts[] = [
    { orderBy: ['__name__'] },
    { where: where('__name__', '==', ref('c/a')), orderBy: ['x'] },
    { where: where('__name__', '>', ref('c/a')) },
    { from: 'c+', parent: 'u/a' },
  ];
  it.each(byName)('cannot be computed by name: %j', (parts) => {
    expect(() => normalize([sum('c'), sum('b')], parts)).toThrow(
      'This query requires an index that has fields [b, c] after __name__ and Firestore does not currently support such an index. Please try the query again with additional ordering on those fields.',
    );
    expect(() => normalize([count()], parts)).not.toThrow();
  });

  it('can be computed where another order has the field', () => {
    expect(() => normalize([sum('b')], { orderBy: ['b', '__name__'] })).not.toThrow();
    expect(() =>
      normalize([sum('b')], { orderBy: ['b'], where: where('__name__', '>', ref('c/a')) }),
    ).not.toThrow();
  });

  it('take any other alias', () => {
    expect(() => normalize(['a b', '1a', 'a.b', 'é', '`x`'].map((text) => count(text)))).not.toThrow();
  });
});
