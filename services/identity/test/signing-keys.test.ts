import { join } from 'node:path';
import { Database, migrate } from '@telestack/pg';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SigningKeys } from '../src/keys/signing-keys.ts';

const DAY = 24 * 3_600_000;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = new Database({ connectionString: database.url, applicationName: 'identity-test', max: 4 });
  await migrate(db, join(import.meta.dirname, '../migrations'), 'identity');
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

test('replicas share keys; a new one is published before it signs, and the old one verifies after', async () => {
  let now = Date.UTC(2030, 0, 1);
  const [a, b] = [0, 1].map(() => new SigningKeys(db, 30 * DAY, () => now)) as [SigningKeys, SigningKeys];
  const kids = async (keys: SigningKeys) => (await keys.jwks()).keys.map(({ kid }) => kid);
  const [first, same] = await Promise.all([a.current(), b.current()]);
  expect(first.kid).toBe(same.kid);
  now += 30 * DAY;
  expect((await a.current()).kid).toBe(first.kid);
  expect(await kids(a)).toHaveLength(2);
  expect(await kids(b)).toEqual(await kids(a));
  now += 121_000;
  const second = await b.current();
  expect(second.kid).not.toBe(first.kid);
  expect((await a.current()).kid).toBe(second.kid);
  expect(await kids(a)).toContain(first.kid);
  // Session cookies that it signed have expired.
  now += 30 * DAY;
  await a.current();
  expect(await kids(a)).not.toContain(first.kid);
  expect(await kids(a)).toContain(second.kid);
});
