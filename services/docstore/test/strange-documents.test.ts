import type { Filter, Query } from '@telestack/query';
import type { Fields, Json } from '@telestack/values';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aggregate } from '../src/read/aggregate.ts';
import { missingDocumentIds } from '../src/read/collections.ts';
import { runQuery } from '../src/read/run-query.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store[Symbol.asyncDispose]());

let databases = 0;

/** A database with these documents. */
async function withDocuments(documents: Record<string, Fields>): Promise<string> {
  const database = `p/s${++databases}`;
  await store.committer.commit({
    database,
    operations: Object.entries(documents).map(([path, fields]) => ({
      kind: 'set',
      name: key(path, database),
      fields,
      mask: [],
      transforms: [],
      expectation: undefined,
    })),
  });
  return database;
}

const query = (database: string, filter?: Filter): Query => ({
  database,
  parentPath: '',
  collectionId: 'c',
  allDescendants: false,
  filter,
  orders: [{ field: ['__name__'], direction: 'asc' }],
  offset: 0,
  limit: undefined,
  select: undefined,
});

async function found(database: string, filter: Filter): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of runQuery(store.database, query(database, filter))) {
    paths.push(...page.documents.map(({ path }) => path));
  }
  return paths;
}

test('missing documents are found between others that begin alike, page by page', async () => {
  const ids = ['a', 'a b', 'a b!', 'a.b', 'a0', 'b'];
  const database = await withDocuments(
    Object.fromEntries([...ids.map((id) => `c/${id}/s/x`), 'c/a/s/x/t/y'].map((path) => [path, {}])),
  );
  const all = await missingDocumentIds(store.database, {
    database,
    collectionPath: 'c',
    after: '',
    limit: 10,
  });
  expect(all).toEqual([...ids].sort());
  const pages: string[] = [];
  for (let after = ''; ; after = pages.at(-1)!) {
    const page = await missingDocumentIds(store.database, { database, collectionPath: 'c', after, limit: 1 });
    if (page.length === 0) break;
    pages.push(...page);
  }
  expect(pages).toEqual([...ids].sort());
});

test.each<[string, Json, Json]>([
  ['an integer in a map', { x: 0 }, { x: { $double: 0 } }],
  ['a double in a map', { x: { $double: 1 }, y: 'z' }, { x: 1, y: 'z' }],
  ['a number in an array in a map', { x: [1, 'a'] }, { x: [{ $double: 1 }, 'a'] }],
  ['a number', 5, { $double: 5 }],
])('membership does not tell integers from doubles: %s', async (_, stored, asked) => {
  const database = await withDocuments({
    'c/with': { list: ['other', stored] },
    'c/without': { list: [{ x: 2 }] },
  });
  const any: Filter = { kind: 'field', field: ['list'], op: 'array-contains-any', value: ['none', asked] };
  expect(await found(database, any)).toEqual(['c/with']);
  expect(await found(database, { ...any, op: 'array-contains', value: asked })).toEqual(['c/with']);
});

test('text that reads like a tag is text', async () => {
  const tags = ['$int', '$double', '$ref'];
  const database = await withDocuments({
    ...Object.fromEntries(tags.map((tag, i) => [`c/${i}`, { n: tag, m: tag }])),
    'c/number': { n: 2, m: { $x: 1, y: 2 } },
  });
  const { fields } = await aggregate(store.database, query(database), [
    { kind: 'sum', alias: 's', field: ['n'] },
  ]);
  expect(fields).toEqual({ s: 2 });
  for (const tag of tags) {
    expect(await found(database, { kind: 'field', field: ['m', tag], op: '==', value: 1 })).toEqual([]);
  }
  expect(await found(database, { kind: 'field', field: ['m', '$x'], op: '==', value: 1 })).toEqual([
    'c/number',
  ]);
});
