import { canonicalKey, indexFor, routingPredicates, toDisjunctiveNormalForm } from '@telestack/query';
import { formatFieldPath } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import { and, is, NAN, normalize, or, type Parts, range, ref, where } from './build.ts';

const SIGNS = { asc: '', desc: '-', contains: '@' };
const indexes = (parts: Parts): string[] =>
  indexFor(normalize(parts)).map(
    ({ collectionId, scope, fields }) =>
      `${scope} ${collectionId}: ${fields.map(({ field, direction }) => SIGNS[direction] + formatFieldPath(field)).join(' ')}`,
  );

describe('the index of a query', () => {
  const cases: [Parts, string[]][] = [
    [{}, ['collection c: __name__']],
    [{ from: 'c+', orderBy: ['-x'] }, ['group c: -x -__name__']],
    [
      { where: and(where('z', '==', 1), is('a', 'NULL'), where('x', '>', 1)), orderBy: ['-y'] },
      ['collection c: a z -y -x -__name__'],
    ],
    [
      { where: and(where('t', 'contains', 1), where('a', '==', 1)), orderBy: ['b'] },
      ['collection c: a @t b __name__'],
    ],
    [{ where: where('x', 'in', range(10)), orderBy: ['-y'] }, ['collection c: x -y -__name__']],
    [
      { where: or(where('x', '==', 1), where('y', '>', 1)) },
      ['collection c: x y __name__', 'collection c: y __name__'],
    ],
    [{ where: where('x', '==', 1), orderBy: ['x', '-y'] }, ['collection c: x -y -__name__']],
    [{ where: where('__name__', '==', ref('c/a')) }, ['collection c: __name__']],
    [{ where: where('x', '==', null) }, []],
  ];
  it.each(cases)('%# is that of its disjuncts', (parts, expected) => {
    expect(indexes(parts)).toEqual(expected);
  });
});

describe('routing', () => {
  const routes = (filter: Parts['where']) =>
    routingPredicates(normalize({ where: filter })).map((predicates) =>
      predicates.map(({ field, value }) => [formatFieldPath(field), value]),
    );

  it('names what each disjunct asks for', () => {
    expect(routes(undefined)).toEqual([[]]);
    expect(routes(where('x', '>', 1))).toEqual([[]]);
    expect(routes(and(where('x', '==', 1), where('y', '>', 1)))).toEqual([[['x', 1]]]);
    expect(routes(where('x', 'in', [1, 2]))).toEqual([[['x', 1]], [['x', 2]]]);
    expect(routes(and(where('x', 'in', [1, 2]), where('y', '==', 'a')))).toEqual([
      [
        ['x', 1],
        ['y', 'a'],
      ],
      [
        ['x', 2],
        ['y', 'a'],
      ],
    ]);
    expect(routes(or(is('x', 'NULL'), is('y', 'NAN')))).toEqual([[['x', null]], [['y', NAN]]]);
    expect(routes(where('__name__', '==', ref('c/a')))).toEqual([[['__name__', ref('c/a')]]]);
    expect(routes(where('x', 'contains', 1))).toEqual([[]]);
    expect(routes(where('x', '==', null))).toEqual([]);
  });
});

describe('the disjunctive normal form', () => {
  const sizes = (filter: Parts['where']) =>
    toDisjunctiveNormalForm(normalize({ where: filter }).filter).map((conjunction) => conjunction.length);

  it('multiplies and removes repetitions', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((field) => where(field, '==', 1)) as [never, never, never];
    expect(sizes(and(or(a, b), c))).toEqual([2, 2]);
    expect(sizes(and(or(a, b), or(a, b)))).toEqual([1, 1]);
    expect(sizes(and(or(a, b), or(b, c)))).toEqual([2, 2, 1, 2]);
    expect(sizes(where('x', 'contains-any', [1, 1, { $double: 1 }, 2]))).toEqual([1, 1]);
  });

  it('does not fill memory', () => {
    const filter = {
      kind: 'and' as const,
      filters: range(40).map((n) => ({
        kind: 'or' as const,
        filters: range(2).map((value) => ({
          kind: 'field' as const,
          field: [`f${n}`],
          op: '==' as const,
          value,
        })),
      })),
    };
    expect(() => toDisjunctiveNormalForm(filter)).toThrow(RangeError);
  });
});

describe('the key of a query', () => {
  const key = (parts: Parts) => canonicalKey(normalize(parts));

  it('is one for what means the same', () => {
    const [a, b] = [where('a', '==', 1), where('b', '==', 2)];
    expect(key({ where: and(a, b) })).toBe(key({ where: and(b, and(a, b)) }));
    expect(key({ where: a })).toBe(key({ where: where('a', '==', { $double: 1 }) }));
    expect(key({ where: where('a', 'in', [1, 2]) })).toBe(key({ where: where('a', 'in', [2, 1, 1]) }));
    expect(key({ orderBy: ['a'] })).toBe(key({ orderBy: ['a', '__name__'] }));
  });

  it('differs where something differs', () => {
    const different: Parts[] = [
      {},
      { from: 'd' },
      { from: 'c+' },
      { parent: 'u/a' },
      { limit: 1 },
      { offset: 1 },
      { orderBy: ['a'] },
      { orderBy: ['-a'] },
      { orderBy: ['`a.b`'] },
      { orderBy: ['a.b'] },
      { orderBy: ['a'], startAt: { values: [1], before: true } },
      { orderBy: ['a'], startAt: { values: [1], before: false } },
      { orderBy: ['a'], endAt: { values: [1], before: false } },
      { where: where('a', '==', 1) },
      { where: where('a', '==', '1') },
      { where: where('a', 'contains', 1) },
      { select: ['__name__'] },
      { select: ['a'] },
      { findNearest: {} },
      { findNearest: { limit: 3 } },
    ];
    expect(new Set(different.map(key)).size).toBe(different.length);
  });
});
