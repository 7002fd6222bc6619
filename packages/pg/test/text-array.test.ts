import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database, textArray } from '../src/index.ts';

let store: TestDatabase;
let database: Database;
beforeAll(async () => {
  store = await createDatabase();
  database = new Database({ connectionString: store.url, applicationName: 'text-array-test' });
});
afterAll(async () => {
  await database.close();
  await store.drop();
});

test.each([
  [[]],
  [['']],
  [[null]],
  [['a', null, '', 'NULL', '{"a\\":[1,2]}', '"', '\\', ' , {}', 'é😀']],
  [['x'.repeat(100_000), 'y']],
])('%# arrives as it is', async (values) => {
  const { rows } = await database.query<{ back: (string | null)[]; same: boolean }>(
    'SELECT $1::text[] AS back, $1::text[] IS NOT DISTINCT FROM $2::text[] AS same',
    [textArray(values), values],
  );
  expect(rows[0]).toEqual({ back: values, same: true });
});

test('text that PostgreSQL cannot hold is refused', async () => {
  await expect(database.query('SELECT $1::text[]', [textArray(['a\0b'])])).rejects.toThrow();
});
