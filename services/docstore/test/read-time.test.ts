import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery, type Query } from '@telestack/query';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Queryable } from '../src/database.ts';
import { aggregate } from '../src/read/aggregate.ts';
import { findNearest } from '../src/read/find-nearest.ts';
import { readDocuments } from '../src/read/lookup.ts';
import { type QueryPage, runQuery } from '../src/read/run-query.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const DATABASE = 'p/d';
const query = (collectionId: string, part: Partial<StructuredQuery> = {}): Query =>
  normalizeQuery(`projects/p/databases/d/documents`, {
    ...StructuredQuery.create(),
    from: [{ collectionId, allDescendants: false }],
    ...part,
  });

/** A database in which a document of the collection is committed after every statement. */
function busy(collection: string): Queryable {
  let count = 0;
  return {
    async query<R extends object>(text: string, values?: readonly unknown[]) {
      const result = await store.database.query<R>(text, values);
      const name = key(`${collection}/${count++}`, DATABASE);
      const fields = { v: { $vector: [1, 2] } };
      await store.committer.commit({
        database: DATABASE,
        operations: [{ kind: 'set', name, fields, mask: [], transforms: [], expectation: undefined }],
      });
      return result;
    },
  };
}

async function lastPage(pages: AsyncIterable<QueryPage>): Promise<QueryPage> {
  const all: QueryPage[] = [];
  for await (const page of pages) all.push(page);
  return all.at(-1)!;
}

const nearest = (collection: string): Query => ({
  ...query(collection),
  findNearest: {
    field: ['v'],
    vector: [1, 1],
    measure: 'EUCLIDEAN',
    limit: 3,
    distanceResultField: undefined,
    distanceThreshold: undefined,
  },
});

/** What a listener builds on: it applies the commits after the read time, and no others, to the result. */
test.each<[string, (database: Queryable, collection: string, at?: number) => Promise<{ readTime: number }>]>([
  ['a query', (database, c, at) => lastPage(runQuery(database, query(c), at))],
  ['a limited query', (database, c, at) => lastPage(runQuery(database, query(c, { limit: 2 }), at))],
  ['a query with an offset', (database, c, at) => lastPage(runQuery(database, query(c, { offset: 2 }), at))],
  ['a look-up', (database, c, at) => readDocuments(database, [key(`${c}/0`, DATABASE)], at)],
  ['a look-up of nothing', (database, _c, at) => readDocuments(database, [], at)],
  [
    'a count',
    (database, c, at) =>
      aggregate(database, query(c), [{ kind: 'count', alias: 'n', field: undefined, upTo: undefined }], at),
  ],
  ['a vector search', (database, c, at) => findNearest(database, nearest(c), at)],
])('%s has the read time of the state that it shows', async (name, read) => {
  const collection = name.replaceAll(' ', '-');
  const database = busy(collection);
  // The first one finds nothing, the others do.
  for (let round = 0; round < 3; round++) {
    const result = await read(database, collection);
    expect(result.readTime).toBeGreaterThan(0);
    expect(await read(store.database, collection, result.readTime)).toEqual(result);
  }
});
