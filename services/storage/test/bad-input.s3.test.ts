import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness } from './support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start({ maxObjectBytes: 6 * 1024 * 1024 });
  await harness.upload('kept', 'kept');
});
afterAll(() => harness[Symbol.asyncDispose]());

/** The status and message of a refusal that left nothing behind. */
async function refusal(request: Promise<Response>): Promise<[number, string]> {
  const response = await request;
  const text = await response.text();
  expect(await harness.paths()).toEqual(['kept']);
  expect(await harness.keys()).toEqual(['kept']);
  const uploads = await harness.s3.listIncompleteUploadsQuery(harness.storeBucket, '', '', '', '');
  expect(uploads.uploads).toEqual([]);
  return [response.status, (JSON.parse(text) as { error: { message: string } }).error.message];
}

const large = Buffer.alloc(7 * 1024 * 1024, 'x');
const md5 = (text: string) => createHash('md5').update(text).digest('base64');

function multipart(body: string) {
  const headers = { 'content-type': 'multipart/related; boundary=B', 'x-goog-upload-protocol': 'multipart' };
  return harness.firebase('?name=broken', { method: 'POST', body, headers });
}
const JSON_PART = '--B\r\nContent-Type: application/json\r\n\r\n';

test.each([
  ['../../etc/passwd', /Disallowed object name/],
  ['a/../../b', /Disallowed object name/],
  ['', /name/],
  ['k'.repeat(1025), /maximum object name length/],
  ['a//b', /empty segment/],
  ['nul\0', /control character/],
])('names: %j', async (name, message) => {
  const [status, text] = await refusal(harness.upload(name, 'x'));
  expect(status).toBe(400);
  expect(text).toMatch(message);
});

test('a bucket that cannot be', async () => {
  for (const bucket of ['UPPER', '..', 'a%2f..%2fb']) {
    const [status] = await refusal(harness.fetch(`/v0/b/${bucket}/o?name=x`, { method: 'POST', body: 'x' }));
    expect([400, 404]).toContain(status);
  }
});

test('too large: said beforehand, or found out', async () => {
  const declared = {
    'x-goog-upload-command': 'start',
    'x-goog-upload-header-content-length': String(1024 ** 3),
  };
  expect(await refusal(harness.upload('large', '{}', declared))).toEqual([
    400,
    expect.stringContaining('larger than'),
  ]);
  expect(await refusal(harness.upload('large', large))).toEqual([
    400,
    expect.stringContaining('larger than'),
  ]);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < large.length; at += 65_536) controller.enqueue(large.subarray(at, at + 65_536));
      controller.close();
    },
  });
  const chunked = harness.firebase('?name=large', {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit);
  expect(await refusal(chunked)).toEqual([400, expect.stringContaining('larger than')]);
});

test('multipart bodies that are broken', async () => {
  for (const body of [
    '',
    'not multipart',
    `${JSON_PART}{"contentType":`,
    `${JSON_PART}{}\r\n--B\r\nContent-Type: text/plain\r\n\r\nbytes without an end`,
    `${JSON_PART}{"contentType":7}\r\n--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--`,
  ]) {
    expect((await refusal(multipart(body)))[0]).toBe(400);
  }
});

test('checksums that the bytes do not have', async () => {
  const body = (sums: object) =>
    `${JSON_PART}${JSON.stringify(sums)}\r\n--B\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--`;
  expect(await refusal(multipart(body({ md5Hash: md5('other') })))).toEqual([
    400,
    expect.stringContaining('MD5'),
  ]);
  expect(await refusal(multipart(body({ crc32c: 'AAAAAA==' })))).toEqual([
    400,
    expect.stringContaining('CRC32C'),
  ]);
});

test('resumable uploads that are not', async () => {
  const wrong: Record<string, string>[] = [
    { 'x-goog-upload-protocol': 'resumable' },
    { 'x-goog-upload-command': 'upload' },
    { 'x-goog-upload-command': 'start', 'x-goog-upload-header-content-length': '-1' },
  ];
  for (const headers of wrong) {
    expect((await refusal(harness.upload('resumable', '{}', headers)))[0]).toBe(400);
  }
  const unknown = harness.firebase('?name=x&upload_id=nobody', {
    method: 'POST',
    headers: { 'x-goog-upload-command': 'query' },
  });
  expect((await refusal(unknown))[0]).toBe(404);
});

test('no bucket, no objects: reads make none', async () => {
  expect((await harness.fetch('/v0/b/never-used/o/x')).status).toBe(404);
  expect(await (await harness.fetch('/v0/b/never-used/o')).json()).toEqual({ items: [], prefixes: [] });
  const { rows } = await harness.db.query(`SELECT 1 FROM storage.buckets WHERE name = 'never-used'`);
  expect(rows).toEqual([]);
});
