import { matches } from '@telestack/query';
import type { Json } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import {
  after,
  and,
  before,
  is,
  NAN,
  normalize,
  or,
  type Parts,
  ref,
  type TestOperator,
  where,
} from './build.ts';

/** Documents by what is in their field x; 'absent' has none. */
const VALUES: Record<string, Json | undefined> = {
  absent: undefined,
  null: null,
  true: true,
  nan: NAN,
  minusInfinity: { $double: '-Infinity' },
  minusZero: { $double: '-0' },
  one: 1,
  oneDouble: { $double: 1 },
  five: 5,
  infinity: { $double: 'Infinity' },
  time: { $timestamp: '2026-01-02T03:04:05.000000Z' },
  text: 'a',
  bytes: { $bytes: 'AQ==' },
  reference: ref('c/a'),
  geopoint: { $geo: [1, 2] },
  array: [{ $double: 1 }],
  mixed: [1, null, NAN, 'a', { k: NAN }],
  vector: { $vector: [1, 2] },
  map: { a: 1 },
};

function found(filter: Parts['where']): string[] {
  const query = normalize({ where: filter });
  return Object.entries(VALUES)
    .filter(([, x]) => matches(query, { path: 'c/id', fields: x === undefined ? {} : { x } }))
    .map(([name]) => name);
}

const all = (...except: string[]) => Object.keys(VALUES).filter((name) => !except.includes(name));

/** Answers of Google's emulator. */
const CASES: [TestOperator, Json, string[]][] = [
  ['==', 1, ['one', 'oneDouble']],
  ['==', { $double: 1 }, ['one', 'oneDouble']],
  ['==', 0, ['minusZero']],
  ['==', [1], ['array']],
  ['==', [1, null, NAN, 'a', { k: NAN }], ['mixed']],
  ['==', { a: 1 }, ['map']],
  ['==', { $vector: [1, 2] }, ['vector']],
  ['==', ref('c/a'), ['reference']],
  ['==', null, []],
  ['==', NAN, []],
  ['!=', 1, all('absent', 'null', 'one', 'oneDouble')],
  ['!=', 'a', all('absent', 'null', 'text')],
  ['!=', null, []],
  ['!=', NAN, all('absent', 'null')],
  ['<', 1, ['minusInfinity', 'minusZero']],
  ['<=', 1, ['minusInfinity', 'minusZero', 'one', 'oneDouble']],
  ['>', 1, ['five', 'infinity']],
  ['>=', { $double: 1 }, ['one', 'oneDouble', 'five', 'infinity']],
  ['<', 'a', []],
  ['<=', 'a', ['text']],
  ['<', true, []],
  ['<=', true, ['true']],
  ['>', [1], ['mixed']],
  ['>=', [], ['array', 'mixed']],
  ['>', { a: 0 }, ['map']],
  ['>', { $vector: [1, 1] }, ['vector']],
  ['>', { $vector: [9] }, ['vector']],
  ['<=', { $geo: [1, 2] }, ['geopoint']],
  ['<', { $timestamp: '2026-01-02T03:04:05.000001Z' }, ['time']],
  ['<', null, []],
  ['>=', null, []],
  ['<=', NAN, []],
  ['>=', NAN, []],
  ['in', [1, 'a'], ['one', 'oneDouble', 'text']],
  ['in', [null], []],
  ['in', [1, null, NAN], ['one', 'oneDouble']],
  ['in', [[1]], ['array']],
  ['not-in', [1], all('absent', 'null', 'one', 'oneDouble')],
  ['not-in', [1, null], []],
  ['not-in', [NAN], all('absent', 'null')],
  ['contains', 1, ['array', 'mixed']],
  ['contains', 'a', ['mixed']],
  ['contains', { k: NAN }, ['mixed']],
  ['contains', null, []],
  ['contains', NAN, []],
  ['contains-any', ['a', 7], ['mixed']],
  ['contains-any', [null, NAN], []],
  ['contains-any', [[1]], []],
];

describe('a filter', () => {
  it.each(CASES)('x %s %j', (op, value, expected) => {
    expect(found(where('x', op, value))).toEqual(expected);
  });

  it('is unary', () => {
    expect(found(is('x', 'NULL'))).toEqual(['null']);
    expect(found(is('x', 'NAN'))).toEqual(['nan']);
    expect(found(is('x', 'NOT_NULL'))).toEqual(all('absent', 'null'));
    expect(found(is('x', 'NOT_NAN'))).toEqual(all('absent', 'null', 'nan'));
  });

  it('is composed', () => {
    expect(found(and(where('x', '>', 0), where('x', '<', 5)))).toEqual(['one', 'oneDouble']);
    expect(found(or(where('x', '==', 5), where('x', '==', 'a')))).toEqual(['five', 'text']);
  });

  it('looks into maps, not into other values', () => {
    const query = normalize({ where: where('m.`$int`.a', '==', 1) });
    expect(matches(query, { path: 'c/1', fields: { m: { $int: { a: 1 }, b: 2 } } })).toBe(true);
    expect(matches(query, { path: 'c/1', fields: { m: { $int: '1' } } })).toBe(false);
    expect(matches(query, { path: 'c/1', fields: { m: [1] } })).toBe(false);
  });
});

describe('a filter on the name', () => {
  const ids = ['1', '10', '2', 'a', 'é'];
  const found = (filter: Parts['where']) =>
    ids.filter((id) => matches(normalize({ where: filter }), { path: `c/${id}`, fields: {} }));

  it('compares names', () => {
    expect(found(where('__name__', '==', ref('c/10')))).toEqual(['10']);
    expect(found(where('__name__', '!=', ref('c/10')))).toEqual(['1', '2', 'a', 'é']);
    expect(found(where('__name__', '>', ref('c/10')))).toEqual(['2', 'a', 'é']);
    expect(found(where('__name__', '<=', ref('c/10')))).toEqual(['1', '10']);
    expect(found(where('__name__', 'in', [ref('c/2'), ref('d/1')]))).toEqual(['2']);
    expect(found(where('__name__', 'not-in', [ref('c/2'), ref('d/1')]))).toEqual(['1', '10', 'a', 'é']);
  });

  it('compares with names elsewhere', () => {
    expect(found(where('__name__', '>', ref('b/z')))).toEqual(ids);
    expect(found(where('__name__', '>', ref('d/0')))).toEqual([]);
    expect(found(where('__name__', '>', ref('c/10/s/t')))).toEqual(['2', 'a', 'é']);
  });
});

describe('the scope', () => {
  const paths = ['c/a', 'c/a/c/d', 'c/a/s/b', 'c/a/s/b/c/z', 'd/e', 'cc/a', 'c/aa/s/b'];
  const cases: [Parts, string[]][] = [
    [{ from: 'c' }, ['c/a']],
    [{ from: 's', parent: 'c/a' }, ['c/a/s/b']],
    [{ from: 'c+' }, ['c/a', 'c/a/c/d', 'c/a/s/b/c/z']],
    [{ from: 'c+', parent: 'c/a' }, ['c/a/c/d', 'c/a/s/b/c/z']],
    [{ from: '' }, ['c/a', 'd/e', 'cc/a']],
    [{ from: '', parent: 'c/a' }, ['c/a/c/d', 'c/a/s/b']],
    [{ from: '+', parent: 'c/a' }, ['c/a/c/d', 'c/a/s/b', 'c/a/s/b/c/z']],
    [{ from: '+' }, paths],
  ];
  it.each(cases)('of %j', (parts, expected) => {
    expect(paths.filter((path) => matches(normalize(parts), { path, fields: {} }))).toEqual(expected);
  });
});

describe('orders and cursors', () => {
  const documents = { null: null, one: 1, oneDouble: { $double: 1 }, two: 2, text: 'a' };
  const found = (parts: Parts) =>
    Object.entries(documents)
      .filter(([id, x]) => matches(normalize(parts), { path: `c/${id}`, fields: { x } }))
      .map(([id]) => id);

  it('need the field', () => {
    expect(matches(normalize({ orderBy: ['x'] }), { path: 'c/a', fields: { y: 1 } })).toBe(false);
    expect(matches(normalize({ orderBy: ['x'] }), { path: 'c/a', fields: { x: null } })).toBe(true);
    const either = normalize({ where: or(where('x', '>', 1), where('y', '==', 1)) });
    expect(matches(either, { path: 'c/a', fields: { y: 1 } })).toBe(false);
  });

  it('bound by value', () => {
    const at = (parts: Parts) => found({ orderBy: ['x'], ...parts });
    expect(at({ startAt: before(1) })).toEqual(['one', 'oneDouble', 'two', 'text']);
    expect(at({ startAt: after(1) })).toEqual(['two', 'text']);
    expect(at({ endAt: before(1) })).toEqual(['null']);
    expect(at({ endAt: after(1) })).toEqual(['null', 'one', 'oneDouble']);
    expect(at({ startAt: before(null), endAt: after(null) })).toEqual(['null']);
    expect(at({ startAt: before(2), endAt: after(1) })).toEqual([]);
  });

  it('bound descending orders the other way', () => {
    expect(found({ orderBy: ['-x'], startAt: before(1) })).toEqual(['null', 'one', 'oneDouble']);
    expect(found({ orderBy: ['-x'], startAt: after(1) })).toEqual(['null']);
    expect(found({ orderBy: ['-x'], endAt: after(2) })).toEqual(['two', 'text']);
  });

  it('bound by value and name', () => {
    const orderBy = ['x', '__name__'];
    expect(found({ orderBy, startAt: after(1, ref('c/one')) })).toEqual(['oneDouble', 'two', 'text']);
    expect(found({ orderBy, endAt: after(1, ref('c/one')) })).toEqual(['null', 'one']);
  });

  it('without values include everything or nothing', () => {
    expect(found({ orderBy: ['x'], startAt: before() })).toHaveLength(5);
    expect(found({ orderBy: ['x'], startAt: after() })).toEqual([]);
    expect(found({ orderBy: ['x'], endAt: before() })).toEqual([]);
    expect(found({ orderBy: ['x'], endAt: after() })).toHaveLength(5);
  });
});
