import { evaluateQuery, type Filter, type Operator, type Order, type Query } from '@telestack/query';
import { documentName, type Fields, type Json } from '@telestack/values';
import { arbitraryValue } from '@telestack/values/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runQuery } from '../src/read/run-query.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const FIELDS = ['a', 'b', 'c'];
const COLLECTIONS = ['users', 'users/u1/posts', 'users/u-1/posts', 'teams/t/posts'];

const arbitraryDocument = fc.record({
  collection: fc.constantFrom(...COLLECTIONS),
  id: fc.oneof(
    fc.constantFrom(
      'u1',
      'u-1',
      'A',
      'é',
      '😀',
      '__id7__',
      '__id12__',
      '__id-3__',
      '__id9007199254740993__',
      'a\0',
      '\x01',
      'a\x01b',
    ),
    fc.stringMatching(/^[a-z]{1,3}$/),
  ),
  fields: fc.dictionary(
    fc.constantFrom(...FIELDS),
    fc.oneof(
      { weight: 3, arbitrary: arbitraryValue() },
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom<Json>('x', 'y', null, true, { $double: 1 }, { $double: 'NaN' }),
      // Longer than what an index keeps of them.
      fc.constantFrom<Json>(
        ...['a', 'b', 'c'].flatMap((end) => [
          `${'x'.repeat(450)}${end}`,
          `${'\x01'.repeat(250)}${end}`,
          [`${'😀'.repeat(399)}${end}`],
        ]),
      ),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom<Json>('x', { $double: 1 }, null)), {
        maxLength: 3,
      }),
    ),
    { maxKeys: 3 },
  ),
});

const OPERATORS: Operator[] = [
  '<',
  '<=',
  '==',
  '>',
  '>=',
  '!=',
  'array-contains',
  'array-contains-any',
  'in',
  'not-in',
  'is-null',
  'is-not-null',
  'is-nan',
  'is-not-nan',
];

test('a query in PostgreSQL gives what the reference gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryDocument, { minLength: 10, maxLength: 40 }),
      fc.array(fc.infiniteStream(fc.nat()), { minLength: 15, maxLength: 15 }),
      async (drawn, seeds) => {
        const database = `p/q${Math.random().toString(36).slice(2)}`;
        const documents = [...new Map(drawn.map((d) => [`${d.collection}/${d.id}`, d])).entries()].map(
          ([path, d]) => ({
            path,
            fields: d.fields as Fields,
          }),
        );
        await store.committer.commit({
          database,
          operations: documents.map(({ path, fields }) => ({
            kind: 'set',
            name: key(path, database),
            fields,
            mask: [],
            transforms: [],
            expectation: undefined,
          })),
        });
        for (const seed of seeds) {
          const query = drawQuery(database, documents, seed);
          const expected = evaluateQuery(query, documents).map(({ path }) => path);
          const actual: string[] = [];
          for await (const page of runQuery(store.database, query))
            actual.push(...page.documents.map((d) => d.path));
          expect(actual, JSON.stringify(query)).toEqual(expected);
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});

/** Values for filters and cursors come from the documents, or they would hardly ever meet one. */
function drawQuery(
  database: string,
  documents: { path: string; fields: Fields }[],
  seed: Iterator<number>,
): Query {
  const pick = <T>(list: readonly T[]): T => list[seed.next().value % list.length]!;
  const value = (): Json => pick(Object.values(pick(documents).fields).concat([1, 'x', null]));
  const element = (): Json => {
    const one = value();
    return Array.isArray(one) && one.length > 0 ? pick(one) : one;
  };
  const field = (): Filter => {
    const op = pick(OPERATORS);
    const isList = op === 'in' || op === 'not-in' || op === 'array-contains-any';
    const isUnary = op.startsWith('is-');
    return {
      kind: 'field',
      field: [pick(FIELDS)],
      op,
      value: isUnary
        ? null
        : isList
          ? [element(), value(), element()]
          : op === 'array-contains'
            ? element()
            : value(),
    };
  };
  const filter = (): Filter | undefined => {
    switch (pick([0, 1, 1, 2, 3])) {
      case 0:
        return undefined;
      case 1:
        return field();
      case 2:
        return { kind: 'and', filters: [field(), field()] };
      default:
        return { kind: 'or', filters: [field(), { kind: 'and', filters: [field(), field()] }] };
    }
  };
  const explicit = pick<string[]>([[], ['a'], ['b', 'a'], ['c']]);
  const orders: Order[] = explicit.map((name) => ({
    field: [name],
    direction: pick(['asc', 'desc'] as const),
  }));
  orders.push({ field: ['__name__'], direction: pick(['asc', 'desc'] as const) });
  const isGroup = pick([true, false]);
  const scope = isGroup
    ? { parentPath: pick(['', 'users/u1']), collectionId: pick(['posts', 'users', '']), allDescendants: true }
    : {
        parentPath: pick(['', 'users/u1', 'users/u-1']),
        collectionId: pick(['users', 'posts']),
        allDescendants: false,
      };
  const bound = () => {
    if (pick([true, true, false])) return undefined;
    const at = pick(documents);
    const values = orders
      .slice(0, 1 + pick([0, 1]))
      .map(({ field: [name] }) =>
        name === '__name__' ? { $ref: documentName(database, at.path) } : (at.fields[name!] ?? value()),
      );
    return { values, inclusive: pick([true, false]) };
  };
  return {
    database,
    ...scope,
    filter: filter(),
    orders,
    start: bound(),
    end: bound(),
    offset: pick([0, 0, 1]),
    limit: pick([undefined, undefined, 3]),
    select: undefined,
    findNearest: undefined,
  };
}
