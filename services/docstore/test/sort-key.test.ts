import { sortKey } from '@telestack/values';
import { arbitraryValue } from '@telestack/values/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type TestStore } from './setup.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('PostgreSQL and TypeScript give every value the same sort key', async () => {
  const values = fc.sample(arbitraryValue(), 1_500);
  const { rows } = await store.database.query<{ key: string }>(
    'SELECT telestack.sort_key(v::jsonb) AS key FROM unnest($1::text[]) WITH ORDINALITY AS u(v, i) ORDER BY i',
    [values.map((value) => JSON.stringify(value))],
  );
  const differences = values
    .map((value, i) => ({ value: JSON.stringify(value), sql: rows[i]!.key, ts: sortKey(value) }))
    .filter(({ sql, ts }) => sql !== ts);
  expect(differences).toEqual([]);
});

test('a stored value that the codec makes passes the check for SQL writers', async () => {
  const values = fc.sample(arbitraryValue(), 500).filter((value) => !hasNestedArray(value));
  await store.database.query(
    "SELECT telestack.check_stored_value(v::jsonb, 'data') FROM unnest($1::text[]) AS v",
    [values.map((value) => JSON.stringify(value))],
  );
});

function hasNestedArray(value: unknown, inArray = false): boolean {
  if (Array.isArray(value)) return inArray || value.some((element) => hasNestedArray(element, true));
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => hasNestedArray(member));
}
