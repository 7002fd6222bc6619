import { Database } from '@telestack/pg';
import { type IndexSpec, indexFor, type Query } from '@telestack/query';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IndexAdvisor } from '../src/indexes/advisor.ts';
import { IndexBuilder } from '../src/indexes/builder.ts';
import { indexDefinitions } from '../src/indexes/definition.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
  await store.committer.commit({
    database: 'p/d',
    operations: Array.from({ length: 600 }, (_, i) => ({
      ...{ kind: 'set' as const, name: key(`c/${i}`), fields: { n: i }, mask: [], transforms: [] },
      expectation: undefined,
    })),
  });
});
afterAll(() => store[Symbol.asyncDispose]());

const definitionOf = (field: string) =>
  indexDefinitions({
    collectionId: 'c',
    scope: 'collection',
    fields: [{ field: [field], direction: 'asc' }],
  })[0]!;

/** A replica's builder; ends as a docstore does. */
function openBuilder(): IndexBuilder & AsyncDisposable {
  const database = new Database({
    ...{ connectionString: store.test.url, applicationName: 'indexes', max: 2, statementTimeoutMs: 0 },
  });
  const builder = new IndexBuilder(database);
  return Object.assign(builder, {
    async [Symbol.asyncDispose]() {
      await builder.close();
      await database.close();
    },
  });
}

async function isValid(name: string): Promise<boolean | undefined> {
  const { rows } = await store.database.query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [`telestack.${name}`],
  );
  return rows[0]?.valid;
}

/** A statement that a concurrent build has to wait for. */
async function holdSnapshot(): Promise<{ release(): Promise<void> }> {
  const database = new Database({ connectionString: store.test.url, applicationName: 'holder', max: 1 });
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const done = database.transaction(
    async (tx) => {
      await tx.query('SELECT count(*) FROM telestack.documents');
      begun.resolve();
      await held.promise;
    },
    { isolation: 'REPEATABLE READ' },
  );
  await begun.promise;
  return {
    async release() {
      held.resolve();
      await done;
      await database.close();
    },
  };
}

test('several replicas build an index once; later it is there', async () => {
  await using first = openBuilder();
  await using second = openBuilder();
  const definition = definitionOf('once');
  const built = await Promise.all([first, second, first].map((builder) => builder.build(definition)));
  expect(built.filter((milliseconds) => milliseconds !== undefined)).toHaveLength(1);
  expect(await isValid(definition.name)).toBe(true);
});

test('closing gives a build up at once; what it has left is built anew', async () => {
  const definition = definitionOf('cut');
  const holder = await holdSnapshot();
  try {
    await using builder = openBuilder();
    const build = builder.build(definition);
    build.catch(() => {});
    await eventually(async () => expect(await isValid(definition.name)).toBe(false));
    await builder.close();
    await expect(build).rejects.toThrow();
    expect(await isValid(definition.name)).toBe(false);
  } finally {
    await holder.release();
  }
  await using next = openBuilder();
  expect(await next.build(definition)).toBeGreaterThan(0);
  expect(await isValid(definition.name)).toBe(true);
});

test('a slow query over many documents gets its index, unless its collection has many already', async () => {
  await using builder = openBuilder();
  const [built, errors]: [string[], unknown[]] = [[], []];
  const { rows } = await store.database.query<{ n: number }>(
    `SELECT count(*) AS n FROM pg_indexes WHERE tablename = 'documents' AND indexdef LIKE '%collection_id = ''c''%'`,
  );
  const advisor = new IndexAdvisor({
    database: store.database,
    builder,
    onBuilt: (name) => built.push(name),
    onError: (error) => errors.push(error),
    mostOfCollection: Number(rows[0]!.n) + 1,
  });
  const queryBy = (field: string[]): Query => ({
    ...{ database: 'p/d', parentPath: '', collectionId: 'c', allDescendants: false },
    filter: { kind: 'field', field, op: '<', value: 1 },
    orders: [{ field, direction: 'asc' }],
    ...{ offset: 0, limit: undefined, select: undefined },
  });
  const namesOf = (query: Query) =>
    indexFor(query)
      .flatMap(indexDefinitions)
      .map(({ name }) => name);
  const query = queryBy(['n']);
  advisor.observe(query, 1);
  for (let i = 0; i < 3; i++) advisor.observe(query, 50);
  await eventually(() => expect([built, errors]).toEqual([namesOf(query), []]));
  expect(await Promise.all(namesOf(query).map(isValid))).toEqual([true]);

  const oneMore = queryBy(['m']);
  advisor.observe(oneMore, 50);
  // Builds come one after the other: one that was asked for before would be done by the end of the last.
  const declared = [queryBy(['first']), queryBy(['last'])];
  for (const each of declared) {
    advisor.declare(indexFor(each));
    await eventually(() => expect(built).toContain(namesOf(each)[0]));
  }
  expect(built).toEqual([query, ...declared].flatMap(namesOf));
});

test('a declared index that could not be built is tried again, whatever queries there are', async () => {
  let attempts = 0;
  const built: string[] = [];
  const advisor = new IndexAdvisor({
    database: store.database,
    builder: {
      waiting: 0,
      build: async () => {
        if (++attempts < 3) throw new Error('PostgreSQL restarts');
        return 1;
      },
    },
    onBuilt: (name) => built.push(name),
    retryMs: 20,
  });
  const spec: IndexSpec = {
    ...{ collectionId: 'c', scope: 'collection' },
    fields: [{ field: ['never', 'asked'], direction: 'asc' }],
  };
  advisor.declare([spec]);
  await eventually(() => expect(built).toEqual(indexDefinitions(spec).map(({ name }) => name)));
  advisor.close();
});
