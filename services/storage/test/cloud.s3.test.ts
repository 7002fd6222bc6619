import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness } from './support/harness.ts';

let harness: Harness;
let bucket: Bucket;
beforeAll(async () => {
  harness = await Harness.start();
  // What STORAGE_EMULATOR_HOST sets.
  const storage = new Storage({
    apiEndpoint: harness.origin,
    projectId: 'demo',
    retryOptions: { autoRetry: false },
  });
  bucket = storage.bucket(harness.bucket);
});
afterAll(() => harness[Symbol.asyncDispose]());

test('save and download, small and resumable, with checksums compared by the client', async () => {
  for (const [name, bytes, resumable] of [
    ['small.bin', randomBytes(1_000), false],
    ['large.bin', randomBytes(9 * 1024 * 1024), true],
  ] as const) {
    const file = bucket.file(name);
    await file.save(bytes, {
      resumable,
      validation: 'md5',
      metadata: { contentType: 'a/b', metadata: { k: 'v' } },
    });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ size: String(bytes.length), contentType: 'a/b', metadata: { k: 'v' } });
    const [back] = await file.download({ validation: 'crc32c' });
    expect(back.equals(bytes)).toBe(true);
    const [part] = await file.download({ start: 10, end: 19 });
    expect(part.equals(bytes.subarray(10, 20))).toBe(true);
  }
});

test('a stream of unknown length, in chunks', async () => {
  const bytes = randomBytes(3 * 1024 * 1024 + 5);
  const file = bucket.file('stream.bin');
  await pipeline(
    Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]),
    file.createWriteStream({ chunkSize: 1024 * 1024 }),
  );
  expect((await file.download())[0].equals(bytes)).toBe(true);
  await pipeline(Readable.from([bytes]), bucket.file('stream2.bin').createWriteStream());
  expect((await bucket.file('stream2.bin').download())[0].equals(bytes)).toBe(true);
});

test('exists, copy, move, delete, list', async () => {
  await bucket
    .file('dir/a')
    .save('a', { metadata: { metadata: { firebaseStorageDownloadTokens: 'token' } } });
  await bucket.file('dir/a').copy(bucket.file('dir/b'));
  await bucket.file('dir/b').move('dir/c');
  expect(await bucket.file('dir/b').exists()).toEqual([false]);
  const [files, , response] = (await bucket.getFiles({
    prefix: 'dir/',
    autoPaginate: false,
    maxResults: 1,
  })) as unknown as [{ name: string }[], unknown, { nextPageToken: string }];
  expect(files.map(({ name }) => name)).toEqual(['dir/a']);
  expect(response.nextPageToken).toBeTypeOf('string');
  const [all] = await bucket.getFiles({ prefix: 'dir/' });
  expect(all.map(({ name }) => name)).toEqual(['dir/a', 'dir/c']);
  expect((await bucket.file('dir/a').getMetadata())[0].metadata).toEqual({
    firebaseStorageDownloadTokens: 'token',
  });
  await bucket.deleteFiles({ prefix: 'dir/' });
  await expect(bucket.file('dir/a').delete()).rejects.toMatchObject({
    code: 404,
    message: expect.stringContaining('No such object'),
  });
  expect((await bucket.file('dir/a').delete({ ignoreNotFound: true }))[0]).toBeDefined();
});

test('preconditions', async () => {
  const file = bucket.file('generation.txt');
  await file.save('1', { preconditionOpts: { ifGenerationMatch: 0 }, resumable: false });
  await expect(
    file.save('2', { preconditionOpts: { ifGenerationMatch: 0 }, resumable: false }),
  ).rejects.toMatchObject({ code: 412 });
  const { generation } = (await file.getMetadata())[0];
  await file.save('3', { preconditionOpts: { ifGenerationMatch: Number(generation) }, resumable: false });
  expect((await file.download())[0].toString()).toBe('3');
});

test('metadata', async () => {
  const file = bucket.file('meta.txt');
  await file.save('x');
  await file.setMetadata({ cacheControl: 'no-store', metadata: { a: 'b' } });
  await file.setMetadata({ metadata: { a: null } });
  expect((await file.getMetadata())[0]).toMatchObject({ cacheControl: 'no-store', metageneration: '3' });
});

test('all bytes have come: a client that asks how far the upload is, and knows its size, finishes it', async () => {
  const begun = await harness.fetch(
    `/upload/storage/v1/b/${harness.bucket}/o?uploadType=resumable&name=asked.txt`,
    { method: 'POST', body: '{}' },
  );
  const put = (range: string, body?: string) =>
    fetch(begun.headers.get('location')!, { method: 'PUT', headers: { 'content-range': range }, body });
  expect((await put('bytes 0-4/*', 'hello')).status).toBe(308);
  expect((await put('bytes */*')).headers.get('range')).toBe('bytes=0-4');
  expect((await put('bytes */6')).status).toBe(308);
  const finished = await put('bytes */5');
  expect([finished.status, await finished.json()]).toMatchObject([200, { name: 'asked.txt', size: '5' }]);
});

test('buckets', async () => {
  const { storage } = bucket;
  const [made] = await storage.createBucket('made-here');
  expect(await made.exists()).toEqual([true]);
  expect((await storage.getBuckets())[0].map(({ name }) => name)).toContain('made-here');
  await made.file('x').save('x');
  await expect(made.delete()).rejects.toMatchObject({ message: expect.stringContaining('not empty') });
  await made.file('x').delete();
  await made.delete();
  expect((await storage.getBuckets())[0].map(({ name }) => name)).not.toContain('made-here');
  await expect(bucket.file('meta.txt').makePublic()).rejects.toMatchObject({ code: 501 });
});

test('it is for administrators: users of the app go by rules, in the other API', async () => {
  const get = (as: string) => harness.fetch(`/storage/v1/b/${harness.bucket}/o`, { as });
  expect((await get('User ada')).status).toBe(403);
  expect((await get('')).status).toBe(200);
});

test('gzip that was stored is unpacked for clients that cannot', async () => {
  const file = bucket.file('text.txt.gz');
  await file.save('zipped text', { gzip: true });
  expect((await file.getMetadata())[0].contentEncoding).toBe('gzip');
  expect((await file.download())[0].toString()).toBe('zipped text');
  const plain = await harness.fetch(`/storage/v1/b/${harness.bucket}/o/text.txt.gz?alt=media`, {
    headers: { 'accept-encoding': 'identity' },
  });
  expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, 'zipped text']);
});
