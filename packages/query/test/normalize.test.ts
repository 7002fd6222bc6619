import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery } from '@telestack/query';
import { formatFieldPath } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import { after, and, before, is, NAN, normalize, or, type Parts, ROOT, ref, where } from './build.ts';

const ordersOf = (parts: Parts): string[] =>
  normalize(parts).orders.map(
    ({ field, direction }) => `${direction === 'desc' ? '-' : ''}${formatFieldPath(field)}`,
  );

describe('the scope', () => {
  it('is a collection, a group or everything below the parent', () => {
    expect(normalize({ from: 'c', parent: 'u/a' })).toMatchObject({
      database: 'p/d',
      parentPath: 'u/a',
      collectionId: 'c',
      allDescendants: false,
    });
    expect(normalize({ from: 'c+' })).toMatchObject({
      parentPath: '',
      collectionId: 'c',
      allDescendants: true,
    });
    expect(normalizeQuery(ROOT, StructuredQuery.create())).toMatchObject({
      collectionId: '',
      allDescendants: false,
    });
  });
});

describe('orders', () => {
  const cases: [string, Parts, string[]][] = [
    ['end with the name', {}, ['__name__']],
    ['take the last direction for the name', { orderBy: ['a', '-b'] }, ['a', '-b', '-__name__']],
    ['keep an explicit name', { orderBy: ['a', '-__name__'] }, ['a', '-__name__']],
    ['get fields with an inequality', { where: where('a', '>', 1) }, ['a', '__name__']],
    [
      'get them sorted, behind the explicit ones and in their direction',
      { where: and(where('b', '>', 1), where('a', '<', 1), where('c', '!=', 1)), orderBy: ['-c'] },
      ['-c', '-a', '-b', '-__name__'],
    ],
    [
      'sort fields by segment',
      { where: and(where('`a-b`', '>', 1), where('z', '>', 1), where('`é`', '>', 1), where('a.b', '>', 1)) },
      ['a.b', '`a-b`', 'z', '`é`', '__name__'],
    ],
    ['get each field once', { where: and(where('a', '>', 1), where('a', '<', 5)) }, ['a', '__name__']],
    ['get none for equalities', { where: and(where('a', '==', 1), where('b', 'in', [1])) }, ['__name__']],
    ['get none for membership', { where: where('a', 'contains', 1) }, ['__name__']],
    ['get those inside OR', { where: or(where('a', '>', 1), where('b', '==', 5)) }, ['a', '__name__']],
    ['get those of not-in', { where: where('a', 'not-in', [1]) }, ['a', '__name__']],
    ['get those of IS_NOT_NULL', { where: is('a', 'NOT_NULL') }, ['a', '__name__']],
    ['get none of IS_NULL', { where: is('a', 'NULL') }, ['__name__']],
    [
      'do not get the name twice',
      { where: and(where('__name__', '>', ref('c/a')), where('a', '>', 1)) },
      ['a', '__name__'],
    ],
    [
      'get none of comparisons that never hold',
      { where: or(where('a', '>', NAN), where('b', '==', 1)) },
      ['__name__'],
    ],
  ];
  it.each(cases)('%s', (_, parts, expected) => {
    expect(ordersOf(parts)).toEqual(expected);
  });
});

describe('cursors', () => {
  it('include what is at a start before it, and at an end behind it', () => {
    const at = { orderBy: ['x'] };
    expect(normalize({ ...at, startAt: before(1) }).start).toEqual({ values: [1], inclusive: true });
    expect(normalize({ ...at, startAt: after(1) }).start).toEqual({ values: [1], inclusive: false });
    expect(normalize({ ...at, endAt: before(1) }).end).toEqual({ values: [1], inclusive: false });
    expect(normalize({ ...at, endAt: after(1) }).end).toEqual({ values: [1], inclusive: true });
    expect(normalize(at)).not.toHaveProperty('start');
  });
});

describe('a projection', () => {
  it('leaves out the name, and without fields returns none of them', () => {
    expect(normalize({}).select).toBeUndefined();
    expect(normalize({ select: [] }).select).toEqual([]);
    expect(normalize({ select: ['__name__'] }).select).toEqual([]);
    expect(normalize({ select: ['a.b', '`c.d`'] }).select).toEqual([['a', 'b'], ['c.d']]);
  });
});

describe('a vector search', () => {
  it('keeps its parts; the result field is a name and no path', () => {
    expect(
      normalize({ findNearest: { distanceResultField: 'a.b', distanceThreshold: 0.5 } }).findNearest,
    ).toEqual({
      field: ['v'],
      vector: [1, 0],
      measure: 'EUCLIDEAN',
      limit: 10,
      distanceResultField: ['a.b'],
      distanceThreshold: 0.5,
    });
    expect(normalize({ findNearest: {} }).findNearest).not.toHaveProperty('distanceResultField');
  });
});

describe('a filter', () => {
  const field = (name: string, op: string, value: unknown) => ({ kind: 'field', field: [name], op, value });

  it('loses composites that say nothing', () => {
    expect(normalize({ where: and() }).filter).toBeUndefined();
    const one = where('x', '==', 1);
    expect(normalize({ where: and(or(one), and(one, one)) }).filter).toEqual(field('x', '==', 1));
    expect(normalize({ where: and(and(one, where('y', '==', 2)), where('z', '==', 3)) }).filter).toEqual({
      kind: 'and',
      filters: [field('x', '==', 1), field('y', '==', 2), field('z', '==', 3)],
    });
  });

  it('loses comparisons with null and NaN', () => {
    const never = field('x', 'in', []);
    for (const value of [null, NAN]) {
      for (const op of ['==', '<', '<=', '>', '>=', 'contains'] as const) {
        expect(normalize({ where: where('x', op, value) }).filter).toEqual(never);
      }
      expect(normalize({ where: where('x', 'in', [value]) }).filter).toEqual(never);
      expect(normalize({ where: where('x', 'in', [1, value]) }).filter).toEqual(field('x', 'in', [1]));
    }
    expect(normalize({ where: where('x', '!=', null) }).filter).toEqual(never);
    expect(normalize({ where: where('x', '!=', NAN) }).filter).toEqual(field('x', 'is-not-null', null));
    expect(normalize({ where: where('x', 'not-in', [1, null]) }).filter).toEqual(never);
    expect(normalize({ where: where('x', 'not-in', [1, NAN]) }).filter).toEqual(field('x', 'not-in', [1]));
  });

  it('is pruned where nothing can hold', () => {
    const never = where('x', '==', null);
    const one = where('y', '==', 1);
    expect(normalize({ where: or(never, one) }).filter).toEqual(field('y', '==', 1));
    expect(normalize({ where: and(never, one) }).filter).toEqual(field('x', 'in', []));
    expect(normalize({ where: or(never, and(never, one)) }).filter).toEqual(field('x', 'in', []));
  });
});
