import { compileRules } from '@telestack/rules';
import { describe, expect, it } from 'vitest';
import { decideLocally } from './oracle/local.ts';
import { type ListQuery, ref, type Where } from './oracle/scenario.ts';

function proves(condition: string, query: ListQuery, match = 'match /c/{id}'): boolean {
  const compiled = compileRules(`rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { ${match} { allow list: if ${condition}; } } }`);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const request = { as: { sub: 'u1' }, op: 'list', collection: 'c', query } as const;
  return decideLocally(compiled.ruleset, { 'c/x': { a: 1 } }, request, 1_700_000_000_000_000).allowed;
}

type Row = readonly [condition: string, where: readonly Where[], isProven: boolean];

const ROWS: readonly Row[] = [
  ['resource.data.a == 1', [], false],
  ['resource.data.a == 1', [['a', '==', 1]], true],
  ['resource.data.a == 1', [['a', '==', { $double: 1 }]], true],
  ['resource.data.a == 1', [['a', '==', 2]], false],
  ['resource.data.a == 1', [['a', 'in', [1, 2]]], false],
  ['resource.data.a in [1, 2]', [['a', 'in', [1, 2]]], true],
  ['resource.data.a in [1, 2]', [['a', 'in', [1, 3]]], false],
  [
    'resource.data.a == 1 || resource.data.b == 1',
    [
      {
        or: [
          ['a', '==', 1],
          ['b', '==', 1],
        ],
      },
    ],
    true,
  ],
  [
    'resource.data.a == 1',
    [
      {
        or: [
          ['a', '==', 1],
          ['b', '==', 1],
        ],
      },
    ],
    false,
  ],
  // Edges of intervals.
  ['resource.data.a > 1', [['a', '>', 1]], true],
  ['resource.data.a > 1', [['a', '>=', 1]], false],
  ['resource.data.a >= 1', [['a', '>', 1]], true],
  ['resource.data.a >= 1', [['a', '>=', 1]], true],
  ['resource.data.a > 1', [['a', '>', 5]], true],
  ['resource.data.a > 5', [['a', '>', 1]], false],
  ['resource.data.a > 1', [['a', '<', 5]], false],
  ['resource.data.a < 5', [['a', '<', 5]], true],
  ['resource.data.a < 5', [['a', '<=', 5]], false],
  ['1 < resource.data.a', [['a', '>', 1]], true],
  ['!(resource.data.a < 1)', [['a', '>=', 1]], true],
  ['!(resource.data.a <= 1)', [['a', '>=', 1]], false],
  ['!(resource.data.a <= 1)', [['a', '>', 1]], true],
  [
    'resource.data.a > 1 && resource.data.a < 9',
    [
      ['a', '>', 3],
      ['a', '<', 5],
    ],
    true,
  ],
  [
    'resource.data.a == 5',
    [
      ['a', '>=', 5],
      ['a', '<=', 5],
    ],
    false,
  ],
  ['resource.data.a > "a"', [['a', '>', 1]], false],
  // Types, null, values that it is not.
  ['resource.data.a is number', [['a', '>', 1]], true],
  ['resource.data.a is int', [['a', '>', 1]], false],
  ['!(resource.data.a is string)', [['a', '>', 1]], true],
  ['resource.data.a is timestamp', [['a', '>', { $timestamp: '2020-01-01T00:00:00.000000Z' }]], true],
  ['resource.data.a != 1', [['a', '!=', 1]], true],
  ['resource.data.a != 2', [['a', '!=', 1]], false],
  ['resource.data.a != null', [['a', '!=', 1]], true],
  ['resource.data.a != null', [['a', '>', 1]], true],
  ['resource.data.a != 0', [['a', '>', 1]], true],
  ['resource.data.a != 5', [['a', '>', 1]], false],
  ['!(resource.data.a in [1, 2])', [['a', 'not-in', [1, 2]]], true],
  ['!(resource.data.a in [1, 3])', [['a', 'not-in', [1, 2]]], false],
  // Lists.
  ['request.auth.uid in resource.data.a', [['a', 'array-contains', 'u1']], true],
  ['request.auth.uid in resource.data.a', [['a', 'array-contains', 'u2']], false],
  ['!("u2" in resource.data.a)', [['a', 'array-contains', 'u1']], false],
  ['resource.data.a.hasAny([1, 2])', [['a', 'array-contains-any', [1, 2]]], true],
  ['resource.data.a.hasOnly([1])', [['a', 'array-contains', 1]], false],
  ['resource.data.a.size() > 0', [['a', 'array-contains', 1]], false],
  // Members that the query tells, and those that it does not.
  ['resource.data.a.b == 1', [['a.b', '==', 1]], true],
  ['resource.data.roles[request.auth.uid] == "owner"', [['roles.u1', '==', 'owner']], true],
  ['"a" in resource.data', [['a', '>', 1]], true],
  ['"a" in resource.data', [], false],
  ['!("a" in resource.data)', [], false],
  ['resource.data.get("a", 1) == 1', [], false],
  ['resource.data.get("a", 1) == 1', [['a', '==', 1]], true],
  ['resource.data.keys().hasAll(["a"])', [['a', '==', 1]], true],
  ['resource.data.keys().hasOnly(["a"])', [['a', '==', 1]], false],
  ['resource.data.size() == 1', [['a', '==', 1]], false],
  ['resource.data == {"a": 1}', [['a', '==', 1]], false],
  ['resource.data.diff({}).affectedKeys().hasAny(["a"])', [['a', '==', 1]], false],
  // The document's name.
  ['id == "x"', [], false],
  ['id == "x"', [['__name__', '==', ref('c/x')]], true],
  ['id in ["x", "y"]', [['__name__', 'in', [ref('c/x'), ref('c/y')]]], true],
  ['id > "x"', [['__name__', '>', ref('c/x')]], false],
  ['resource.data.a == 1', [['__name__', '==', ref('c/x')]], true],
  ['resource.data.a == 2', [['__name__', '==', ref('c/x')]], false],
  ['resource == null || resource.data.a == 1', [['__name__', '==', ref('c/missing')]], false],
  ['resource != null && resource.data != null', [], true],
];

describe('a query', () => {
  it.each(ROWS)('%s, where %j: proven %s', (condition, where, isProven) => {
    expect(proves(condition, { where })).toBe(isProven);
  });

  it('tells its limit, offset and orders', () => {
    expect(proves('request.query.limit <= 10', { limit: 10 })).toBe(true);
    expect(proves('request.query.limit <= 10', { limit: 11 })).toBe(false);
    expect(proves('request.query.limit <= 10', {})).toBe(false);
    expect(proves('request.query.limit == null && request.query.offset == 0', {})).toBe(true);
    expect(proves('request.query.orderBy == {"a": "DESC"}', { orderBy: ['-a'] })).toBe(true);
  });

  it.each([
    ['match /{path=**}/c/{id}', true],
    ['match /{all=**}', true],
    ['match /c/{id}', false],
    ['match /a/{b}/c/{id}', false],
    ['match /a/{b}/{path=**}/c/{id}', false],
  ])('over a collection group with %s is allowed: %s', (match, isAllowed) => {
    expect(proves('true', { group: true }, match)).toBe(isAllowed);
  });
});
