import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@telestack/errors';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database, migrate } from '../src/index.ts';

let folder: string;
let server: TestDatabase;
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telestack-migrations-'));
  server = await createDatabase();
  db = new Database({ connectionString: server.url, applicationName: 'migrate-test', max: 4 });
});

afterEach(async () => {
  await db.close();
  await server.drop();
  await rm(folder, { recursive: true });
});

const write = (name: string, sql: string) => writeFile(join(folder, name), sql);

test('applies what is missing, in order, once', async () => {
  await write('0002-second.sql', 'ALTER TABLE t ADD COLUMN b int;');
  await write('0001-first.sql', 'CREATE TABLE t (a int); INSERT INTO t VALUES (1);');
  await write('notes.md', 'not a migration');
  expect(await migrate(db, folder)).toEqual({ applied: ['0001-first', '0002-second'], version: 2 });
  expect(await migrate(db, folder)).toEqual({ applied: [], version: 2 });
  await write('0003-third.sql', 'INSERT INTO t VALUES (2, 2);');
  expect(await migrate(db, folder)).toEqual({ applied: ['0003-third'], version: 3 });
  expect((await db.query('SELECT a, b FROM t ORDER BY a')).rows).toEqual([
    { a: 1, b: null },
    { a: 2, b: 2 },
  ]);
});

test('replicas that start together apply each file once', async () => {
  await write('0001-first.sql', 'CREATE TABLE t (a int); SELECT pg_sleep(0.1);');
  const results = await Promise.all([1, 2, 3].map(() => migrate(db, folder)));
  expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 1]);
});

test('a file that fails leaves nothing of itself, and all of those before it', async () => {
  await write('0001-first.sql', 'CREATE TABLE t (a int);');
  await write('0002-broken.sql', 'CREATE TABLE u (a int); SELECT broken;');
  await expect(migrate(db, folder)).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
    message: expect.stringMatching(/0002-broken failed: .*"broken" does not exist/),
  });
  const { rows } = await db.query(`SELECT to_regclass('t')::text AS t, to_regclass('u')::text AS u`);
  expect(rows).toEqual([{ t: 't', u: null }]);
  await write('0002-broken.sql', 'CREATE TABLE u (a int);');
  expect((await migrate(db, folder)).applied).toEqual(['0002-broken']);
});

test('a changed file is refused', async () => {
  await write('0001-first.sql', 'CREATE TABLE t (a int);');
  await migrate(db, folder);
  await write('0001-first.sql', 'CREATE TABLE t (a int, b int);');
  await expect(migrate(db, folder)).rejects.toThrow('0001-first has changed');
});

test('a database that is ahead of the folder stays as it is', async () => {
  await write('0001-first.sql', 'CREATE TABLE t (a int);');
  await write('0002-second.sql', 'ALTER TABLE t ADD COLUMN b int;');
  await migrate(db, folder);
  await rm(join(folder, '0002-second.sql'));
  expect(await migrate(db, folder)).toEqual({ applied: [], version: 2 });
});

test('a number that is used twice is refused', async () => {
  await write('0001-first.sql', 'SELECT 1;');
  await write('0001-other.sql', 'SELECT 1;');
  await expect(migrate(db, folder)).rejects.toThrow('the number of 0001-other');
});

test('a migration may take longer than a request may', async () => {
  const hasty = new Database({
    connectionString: server.url,
    applicationName: 'migrate-hasty-test',
    statementTimeoutMs: 100,
    max: 1,
  });
  await write('0001-slow.sql', 'SELECT pg_sleep(0.3);');
  expect((await migrate(hasty, folder)).version).toBe(1);
  // The limit holds again afterwards.
  await expect(hasty.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  await hasty.close();
});
