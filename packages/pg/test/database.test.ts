import { Code } from '@telestack/errors';
import { createDatabase, expectNoLeaks, expectNoSessions, type TestDatabase } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, sqlState } from '../src/index.ts';

let server: TestDatabase;
let db: Database;
const applicationName = 'pg-database-test';

beforeAll(async () => {
  server = await createDatabase();
  db = new Database({ connectionString: server.url, applicationName, max: 4 });
});

afterAll(async () => {
  await db.close();
  await expectNoSessions(server.url, applicationName);
  await server.drop();
});

describe('result types', () => {
  test('integers are exact, JSON and times are text, bytes are bytes', async () => {
    const { rows } = await db.query(
      `SELECT 42::int8 AS small, 9007199254740993::int8 AS large, '{"a": 1}'::jsonb AS json,
              '2026-01-02 03:04:05.678901+00'::timestamptz AS time, '\\x6869'::bytea AS bytes,
              ARRAY[1, 9007199254740993]::int8[] AS numbers, ARRAY['{"b":2}'::jsonb] AS jsons, $1::text AS none`,
      [null],
    );
    expect(rows).toEqual([
      {
        small: 42,
        large: 9007199254740993n,
        json: '{"a": 1}',
        time: '2026-01-02 03:04:05.678901+00',
        bytes: Buffer.from('hi'),
        numbers: [1, 9007199254740993n],
        jsons: ['{"b": 2}'],
        none: null,
      },
    ]);
  });
});

describe('transactions', () => {
  test('a transaction commits what it did', async () => {
    await db.query('CREATE TABLE committed (n int)');
    const result = await db.transaction(async (tx) => {
      await tx.query('INSERT INTO committed VALUES ($1)', [1]);
      return 'done';
    });
    expect(result).toBe('done');
    expect((await db.query('SELECT n FROM committed')).rows).toEqual([{ n: 1 }]);
  });

  test('a thrown error rolls back and passes unchanged', async () => {
    await db.query('CREATE TABLE rolled_back (n int)');
    const own = new Error('my own');
    const failing = db.transaction(async (tx) => {
      await tx.query('INSERT INTO rolled_back VALUES ($1)', [1]);
      throw own;
    });
    await expect(failing).rejects.toBe(own);
    expect((await db.query('SELECT n FROM rolled_back')).rows).toEqual([]);
  });

  test('a failed statement that was swallowed does not pass for a commit', async () => {
    const swallowing = db.transaction(async (tx) => {
      await tx.query('SELECT 1 / $1::int', [0]).catch(() => {});
    });
    await expect(swallowing).rejects.toMatchObject({ code: Code.ABORTED });
  });

  test('isolation and read-only are passed on', async () => {
    const writing = db.transaction((tx) => tx.query('CREATE TABLE never (n int)'), {
      isolation: 'REPEATABLE READ',
      readOnly: true,
    });
    await expect(writing).rejects.toSatisfy((error) => sqlState(error) === '25006');
  });

  test('a deadlock is ABORTED', async () => {
    await db.query(
      'CREATE TABLE locked (id int PRIMARY KEY, n int); INSERT INTO locked VALUES (1, 0), (2, 0)',
    );
    const bothHold = Promise.withResolvers<void>();
    let holders = 0;
    const update = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.query('UPDATE locked SET n = n + 1 WHERE id = $1', [first]);
        if (++holders === 2) bothHold.resolve();
        await bothHold.promise;
        await tx.query('UPDATE locked SET n = n + 1 WHERE id = $1', [second]);
      });
    const results = await Promise.allSettled([update(1, 2), update(2, 1)]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toMatchObject({ code: Code.ABORTED });
  });
});

describe('prepared statements', () => {
  test('frequent texts are prepared, and what is evicted is deallocated', async () => {
    const one = new Database({ connectionString: server.url, applicationName: 'pg-prepared-test', max: 1 });
    try {
      for (let i = 0; i < 505; i++) {
        for (let use = 0; use < 3; use++) await one.query(`SELECT $1::int + ${i} AS sum`, [1]);
      }
      const { rows } = await one.query<{ n: number; oldest: boolean }>(
        `SELECT count(*) AS n, bool_or(statement LIKE '% 0 AS sum') AS oldest FROM pg_prepared_statements`,
      );
      expect(rows[0]).toEqual({ n: 500, oldest: false });
      // An evicted text can be prepared again.
      for (let use = 0; use < 4; use++) {
        expect((await one.query('SELECT $1::int + 0 AS sum', [1])).rows).toEqual([{ sum: 1 }]);
      }
    } finally {
      await one.close();
    }
  });

  test('a schema change between two uses goes unnoticed', async () => {
    await db.query('CREATE TABLE changing (id int, n int); INSERT INTO changing VALUES (1, 2)');
    const read = () => db.query('SELECT * FROM changing WHERE id = $1', [1]);
    for (let use = 0; use < 4; use++) await read();
    await db.query('ALTER TABLE changing ADD COLUMN extra text');
    expect((await read()).rows).toEqual([{ id: 1, n: 2, extra: null }]);
  });

  test('after a failed transaction its connection is good again', async () => {
    const one = new Database({ connectionString: server.url, applicationName: 'pg-prepared-test', max: 1 });
    try {
      for (let use = 0; use < 5; use++) {
        await expect(one.transaction((tx) => tx.query('SELECT 1 / $1::int', [0]))).rejects.toThrow();
        expect((await one.query('SELECT $1::int AS n', [use])).rows).toEqual([{ n: use }]);
      }
    } finally {
      await one.close();
    }
  });
});

describe('failures', () => {
  test('a statement that takes too long is DEADLINE_EXCEEDED', async () => {
    const hasty = new Database({
      connectionString: server.url,
      applicationName: 'pg-hasty-test',
      statementTimeoutMs: 50,
    });
    await expect(hasty.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await hasty.close();
  });

  test('killed connections are UNAVAILABLE, idle or busy, and the pool goes on', async () => {
    const kill = (application: string) =>
      db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
        application,
      ]);
    const name = 'pg-killed-test';
    const victim = new Database({ connectionString: server.url, applicationName: name, max: 2 });
    const busy = victim.transaction(async (tx) => {
      await tx.query('SELECT 1');
      await kill(name);
      await tx.query('SELECT pg_sleep(10)');
    });
    await expect(busy).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    await victim.query('SELECT 1');
    await kill(name);
    await expect.poll(() => victim.pool.totalCount).toBe(0);
    expect((await victim.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await victim.close();
  });

  test('no server is UNAVAILABLE, at once', async () => {
    const nowhere = new Database({ connectionString: 'postgres://127.0.0.1:1/none', applicationName: 'x' });
    await expect(nowhere.query('SELECT 1')).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    await nowhere.close();
  });

  test('callers beyond the bound are refused', async () => {
    const small = new Database({
      connectionString: server.url,
      applicationName: 'pg-small-test',
      max: 1,
      maxWaiting: 1,
    });
    await small.query('SELECT 1');
    const results = await Promise.allSettled([1, 2, 3].map(() => small.query('SELECT pg_sleep(0.1)')));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await small.close();
  });

  test('closing leaves nothing behind', async () => {
    await expectNoLeaks(async () => {
      const other = new Database({ connectionString: server.url, applicationName: 'pg-leak-test', max: 3 });
      await Promise.all([1, 2, 3].map(() => other.query('SELECT 1')));
      await other.close();
    });
  });
});
