import { Code, resourceExhausted } from '@telestack/errors';
import type { Fields } from '@telestack/values';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Committer } from '../src/commit/committer.ts';
import type { Operation } from '../src/commit/operation.ts';
import { readDocuments } from '../src/read/lookup.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store[Symbol.asyncDispose]());

let databases = 0;
const freshDatabase = (): string => `p/d${++databases}`;

function operation(database: string, path: string, part: Partial<Operation>): Operation {
  return {
    kind: 'set',
    name: key(path, database),
    fields: {},
    mask: [],
    transforms: [],
    expectation: undefined,
    ...part,
  };
}

const set = (database: string, path: string, fields: Fields) =>
  store.committer.commit({ database, operations: [operation(database, path, { fields })] });

const increment = (database: string, path: string) =>
  store.committer.commit({
    database,
    operations: [
      operation(database, path, {
        kind: 'patch',
        transforms: [{ field: ['n'], type: { $case: 'increment', increment: 1 } }],
      }),
    ],
  });

async function fieldsOf(database: string, path: string, readTime?: number): Promise<Fields | undefined> {
  const { documents } = await readDocuments(store.database, [key(path, database)], readTime);
  return documents[0]?.fields;
}

describe('commit', () => {
  test('gives each commit a later time than the one before', async () => {
    const database = freshDatabase();
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => set(database, `c/${i}`, { i })));
    const times = results.map(({ commitTime }) => commitTime);
    expect(new Set(times).size).toBe(times.length);
    expect((await set(database, 'c/last', {})).commitTime).toBeGreaterThan(Math.max(...times));
  });

  test('applies concurrent increments of one document once each', async () => {
    const database = freshDatabase();
    await Promise.all(Array.from({ length: 100 }, () => increment(database, 'c/hot')));
    expect(await fieldsOf(database, 'c/hot')).toEqual({ n: 100 });
  });

  test('keeps the update time of a document that does not change', async () => {
    const database = freshDatabase();
    const first = await set(database, 'c/a', { x: 1 });
    const again = await set(database, 'c/a', { x: 1 });
    expect(again.writes[0]!.updateTime).toBe(first.commitTime);
    expect(again.commitTime).toBeGreaterThan(first.commitTime);
  });

  test('is all or nothing', async () => {
    const database = freshDatabase();
    const both = store.committer.commit({
      database,
      operations: [
        operation(database, 'c/a', { fields: { x: 1 } }),
        operation(database, 'c/b', { kind: 'delete', expectation: { kind: 'exists', exists: true } }),
      ],
    });
    await expect(both).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect(await fieldsOf(database, 'c/a')).toBeUndefined();
  });

  test('keeps every version of a document that a group writes several times', async () => {
    const database = freshDatabase();
    const first = set(database, 'c/a', { v: 1 });
    const gone = store.committer.commit({
      database,
      operations: [operation(database, 'c/a', { kind: 'delete' })],
    });
    const last = set(database, 'c/a', { v: 2 });
    const times = (await Promise.all([first, gone, last])).map(({ commitTime }) => commitTime);
    expect(await fieldsOf(database, 'c/a', times[0])).toEqual({ v: 1 });
    expect(await fieldsOf(database, 'c/a', times[1])).toBeUndefined();
    expect(await fieldsOf(database, 'c/a', times[2])).toEqual({ v: 2 });
    const { rows } = await store.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM telestack.document_history WHERE database = $1',
      [database],
    );
    expect(rows[0]!.n).toBe(1);
  });

  test('does not let a commit that fails touch its neighbours in the group', async () => {
    const database = freshDatabase();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        store.committer.commit({
          database,
          operations: [
            operation(database, 'c/once', { fields: { i }, expectation: { kind: 'exists', exists: false } }),
            operation(database, `c/${i}`, { fields: { i } }),
          ],
        }),
      ),
    );
    const won = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(won).toHaveLength(1);
    expect(await fieldsOf(database, 'c/once')).toEqual({ i: won[0] });
    expect(await fieldsOf(database, `c/${(won[0]! + 1) % 20}`)).toBeUndefined();
  });

  test('aborts a transaction whose document has changed, and only then', async () => {
    const database = freshDatabase();
    const { commitTime } = await set(database, 'c/a', { x: 1 });
    const commitWith = (updateTime: number | undefined, path: string) =>
      store.committer.commit({
        database,
        operations: [operation(database, 'c/result', {})],
        readSet: { documents: [{ key: key(path, database), updateTime }], queries: [] },
      });
    await commitWith(commitTime, 'c/a');
    await commitWith(undefined, 'c/missing');
    await set(database, 'c/a', { x: 2 });
    await expect(commitWith(commitTime, 'c/a')).rejects.toMatchObject({ code: Code.ABORTED });
    await expect(commitWith(undefined, 'c/a')).rejects.toMatchObject({ code: Code.ABORTED });
  });

  test('waits for a SQL writer that holds a row, while others go on', async () => {
    const database = freshDatabase();
    await set(database, 'c/held', { n: 0 });
    const order: string[] = [];
    let waiting: Promise<unknown> | undefined;
    await store.database.transaction(async (sql) => {
      await sql.query(`UPDATE telestack.documents SET data = '{"n": 10}' WHERE database = $1`, [database]);
      waiting = increment(database, 'c/held').then(() => order.push('held'));
      await set(database, 'c/other', {});
      order.push('other');
    });
    await waiting;
    expect(order).toEqual(['other', 'held']);
    expect(await fieldsOf(database, 'c/held')).toEqual({ n: 11 });
  });
});

describe('reads at a time', () => {
  test('see each version as long as it was current', async () => {
    const database = freshDatabase();
    const first = await set(database, 'c/a', { v: 1 });
    const second = await set(database, 'c/a', { v: 2 });
    const gone = await store.committer.commit({
      database,
      operations: [operation(database, 'c/a', { kind: 'delete' })],
    });
    expect(await fieldsOf(database, 'c/a', first.commitTime - 1)).toBeUndefined();
    expect(await fieldsOf(database, 'c/a', first.commitTime)).toEqual({ v: 1 });
    expect(await fieldsOf(database, 'c/a', second.commitTime - 1)).toEqual({ v: 1 });
    expect(await fieldsOf(database, 'c/a', second.commitTime)).toEqual({ v: 2 });
    expect(await fieldsOf(database, 'c/a', gone.commitTime)).toBeUndefined();
  });

  test('see what SQL writers did, from their commit on', async () => {
    const database = freshDatabase();
    await store.database.query(
      `INSERT INTO telestack.documents (database, collection_id, document_id, data) VALUES ($1, 'c', 'sql', '{"v": 1}')`,
      [database],
    );
    const { readTime: before } = await readDocuments(store.database, [key('c/sql', database)]);
    await store.database.query(`UPDATE telestack.documents SET data = '{"v": 2}' WHERE database = $1`, [
      database,
    ]);
    expect(await fieldsOf(database, 'c/sql', before)).toEqual({ v: 1 });
    expect(await fieldsOf(database, 'c/sql')).toEqual({ v: 2 });
  });
});

test('SQL writers cannot store what readers could not read', async () => {
  const insert = (data: string) =>
    store.database.query(
      `INSERT INTO telestack.documents (database, collection_id, document_id, data) VALUES ('p/d', 'c', 'bad', $1)`,
      [data],
    );
  await expect(insert('{"t": {"$timestamp": "yesterday"}}')).rejects.toThrow();
  await expect(insert('{"t": {"$unknown": 1}}')).rejects.toThrow();
  await expect(insert('{"t": [[1]]}')).rejects.toThrow();
});

test('a group whose answer was lost is not done again when nobody can tell what became of it', async () => {
  const lost = new Error('Connection terminated');
  let sent = 0;
  const committer = new Committer(
    {
      query: async (text) => {
        if (!text.includes('commit_batch'))
          throw resourceExhausted('Too many requests wait for the database.');
        sent++;
        throw lost;
      },
    },
    { isConnectionError: (error) => error === lost, now: () => Date.now() * 1000 },
  );
  const commits = ['c/a', 'c/b'].map((path) =>
    committer.commit({ database: 'p/d', operations: [operation('p/d', path, {})] }),
  );
  for (const result of await Promise.allSettled(commits))
    expect(result).toMatchObject({ status: 'rejected', reason: { code: Code.UNAVAILABLE } });
  expect(sent).toBe(1);
});

test('a document that changes again and again does not take its neighbours in the group with it', async () => {
  const committer = new Committer(
    {
      query: async <R extends object>(text: string, values: readonly unknown[] = []) => {
        if (!text.includes('commit_batch'))
          return { rows: [{ data: null, update_us: null }] as unknown as R[] };
        const checked = values[6] as string[];
        const nothing = {
          time_us: null,
          failed_queries: null,
          repeated: null,
          unchanged: null,
          unchanged_us: null,
        };
        const row = checked.length > 0 ? { failed_checks: [1] } : { failed_checks: null, time_us: '1' };
        return { rows: [{ ...nothing, ...row }] as unknown as R[] };
      },
    },
    { isConnectionError: () => false, now: () => Date.now() * 1000 },
  );
  const hot = operation('p/d', 'c/hot', {
    kind: 'patch',
    transforms: [{ field: ['n'], type: { $case: 'increment', increment: 1 } }],
  });
  const [lost, kept] = await Promise.allSettled(
    [hot, operation('p/d', 'c/cold', {})].map((each) =>
      committer.commit({ database: 'p/d', operations: [each] }),
    ),
  );
  expect(lost).toMatchObject({ status: 'rejected', reason: { code: Code.ABORTED } });
  expect(kept).toMatchObject({ status: 'fulfilled', value: { commitTime: 1 } });
});
