import { join } from 'node:path';
import { Database, migrate } from '@telestack/pg';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ListRequest, listObjects } from '../src/objects/list.ts';
import { putObject } from '../src/objects/rows.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createDatabase();
  db = new Database({ connectionString: database.url, applicationName: 'list-test', max: 2 });
  await migrate(db, join(import.meta.dirname, '../migrations'), 'storage');
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

let buckets = 0;
async function fill(paths: readonly string[]): Promise<string> {
  const bucket = `list-${buckets++}`;
  await db.query(`INSERT INTO storage.buckets (name, project, store_name) VALUES ($1, 'demo', $1)`, [bucket]);
  for (const path of paths) {
    await putObject(db, {
      bucket,
      path,
      size: 0,
      contentType: 'x',
      custom: {},
      downloadTokens: [],
      storeEtag: 'e',
    });
  }
  return bucket;
}

async function all(request: ListRequest): Promise<string[]> {
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await listObjects(db, { ...request, pageToken });
    const entries = [...page.items.map(({ path }) => path), ...page.prefixes];
    expect(entries.length).toBeLessThanOrEqual(request.maxResults);
    found.push(...entries.sort(byBytes));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a listing must show, from the definition. */
function expected(paths: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => {
      const at = delimiter === '' ? -1 : path.indexOf(delimiter, prefix.length);
      return at < 0 ? path : path.slice(0, at + delimiter.length);
    });
  return [...new Set(entries)].sort(byBytes);
}

test('pages of items and prefixes are those of the definition, for any names', async () => {
  const segment = fc.constantFrom('a', 'b', 'a0', 'ä', '😀', '%', "'", 'a.b', '\ue000');
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
  const anyPath = fc.oneof(
    path,
    path.map((name) => `${name}/`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyPath, { maxLength: 25 }),
      fc.constantFrom('', 'a', 'a/', 'b/ä/', 'none/', '😀/'),
      fc.constantFrom('', '/', 'b', '0'),
      fc.integer({ min: 1, max: 4 }),
      async (paths, prefix, delimiter, maxResults) => {
        const bucket = await fill(paths);
        expect(await all({ bucket, prefix, delimiter, maxResults })).toEqual(
          expected(paths, prefix, delimiter),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('a folder costs one step, however much is in it', async () => {
  const bucket = await fill(['z']);
  await db.query(
    `INSERT INTO storage.objects (bucket, path, generation, size, store_etag, time_created, updated)
     SELECT $1, 'big/' || n, 1, 0, 'e', now(), now() FROM generate_series(1, 20000) AS n`,
    [bucket],
  );
  await db.query('ANALYZE storage.objects');
  const startedAt = performance.now();
  const page = await listObjects(db, { bucket, prefix: '', delimiter: '/', maxResults: 10 });
  expect([page.prefixes, page.items.map(({ path }) => path)]).toEqual([['big/'], ['z']]);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('bounds of names, and page tokens that were made up', async () => {
  const bucket = await fill(['a', 'b', 'c', 'd']);
  const request = { bucket, prefix: '', delimiter: '', maxResults: 10 };
  expect(await all({ ...request, startOffset: 'b', endOffset: 'd' })).toEqual(['b', 'c']);
  const bad = Buffer.from([0xff, 0]).toString('base64url');
  await expect(listObjects(db, { ...request, pageToken: bad })).rejects.toMatchObject({ code: 3 });
});
