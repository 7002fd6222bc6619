import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness } from './support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

const MIB = 1024 * 1024;

/** Starts a session; resolves to its URL. */
async function start(path: string, size: number, metadata: object = {}, as?: string): Promise<string> {
  const response = await harness.firebase(`?name=${encodeURIComponent(path)}`, {
    method: 'POST',
    as,
    body: JSON.stringify(metadata),
    headers: {
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(size),
      'x-goog-upload-header-content-type': 'application/x-test',
    },
  });
  expect([response.status, response.headers.get('x-goog-upload-status')]).toEqual([200, 'active']);
  return response.headers.get('x-goog-upload-url')!;
}

function send(url: string, command: string, offset = 0, bytes: Buffer | string = ''): Promise<Response> {
  const headers = { 'x-goog-upload-command': command, 'x-goog-upload-offset': String(offset) };
  return fetch(url, { method: 'POST', headers, body: bytes as string });
}

async function query(url: string): Promise<[string | null, number]> {
  const { headers } = await send(url, 'query');
  return [headers.get('x-goog-upload-status'), Number(headers.get('x-goog-upload-size-received'))];
}

async function download(path: string): Promise<Buffer> {
  const response = await harness.firebase(`/${encodeURIComponent(path)}?alt=media`);
  return Buffer.from(await response.arrayBuffer());
}

test('chunks of all sizes come together, and the service may restart between any two', async () => {
  const bytes = randomBytes(23 * MIB + 17);
  const url = await start('chunks.bin', bytes.length, {
    md5Hash: createHash('md5').update(bytes).digest('base64'),
  });
  let offset = 0;
  for (const size of [1, 262_144, 5 * MIB, 6 * MIB, 262_144, 11 * MIB]) {
    const response = await send(url, 'upload', offset, bytes.subarray(offset, offset + size));
    expect([response.status, response.headers.get('x-goog-upload-status')]).toEqual([200, 'active']);
    offset += size;
    await harness.restart();
    expect(await query(url)).toEqual(['active', offset]);
  }
  const last = await send(url, 'upload, finalize', offset, bytes.subarray(offset));
  expect(last.headers.get('x-goog-upload-status')).toBe('final');
  expect(await last.json()).toMatchObject({ size: String(bytes.length), contentType: 'application/x-test' });
  expect(await query(url)).toMatchObject(['final', expect.any(Number)]);
  expect((await download('chunks.bin')).equals(bytes)).toBe(true);
  // A client that did not get the answer asks again.
  const again = await send(url, 'finalize', bytes.length);
  expect([again.status, (await again.json()) as object]).toMatchObject([200, { name: 'chunks.bin' }]);
  const staging = await eventually(async () => {
    const left: string[] = [];
    for await (const item of harness.s3.listObjectsV2(
      harness.storeBucket.replace(harness.bucket, 'telestack-uploads'),
      '',
      true,
    )) {
      if ('name' in item && item.name) left.push(item.name);
    }
    return left;
  });
  expect(staging).toEqual([]);
});

test('a connection that breaks costs at most a part; the upload goes on where it is', async () => {
  const bytes = randomBytes(40 * MIB);
  const url = await start('broken.bin', bytes.length);
  await new Promise<void>((resolve) => {
    const sent = request(url, {
      method: 'POST',
      headers: {
        'x-goog-upload-command': 'upload, finalize',
        'x-goog-upload-offset': '0',
        'content-length': bytes.length,
      },
    });
    sent.on('error', () => {});
    sent.on('close', () => resolve());
    sent.write(bytes.subarray(0, 35 * MIB), () => sent.destroy());
  });
  const received = await eventually(async () => {
    const [status, size] = await query(url);
    expect(status).toBe('active');
    expect(size).toBeGreaterThanOrEqual(32 * MIB);
    return size;
  });
  expect(received).toBeLessThanOrEqual(35 * MIB);
  const rest = await send(url, 'upload, finalize', received, bytes.subarray(received));
  expect(await rest.json()).toMatchObject({ md5Hash: createHash('md5').update(bytes).digest('base64') });
  expect((await download('broken.bin')).equals(bytes)).toBe(true);
});

test('a chunk behind a gap is refused; bytes that come twice count once', async () => {
  const url = await start('offset.bin', 10);
  await send(url, 'upload', 0, '01234');
  const wrong = await send(url, 'upload', 7, '789');
  expect([wrong.status, wrong.headers.get('x-goog-upload-size-received')]).toEqual([400, '5']);
  await send(url, 'upload, finalize', 3, '3456789');
  expect((await download('offset.bin')).toString()).toBe('0123456789');
});

test('two requests for the same bytes: one counts', async () => {
  const bytes = randomBytes(12 * MIB);
  const url = await start('twice.bin', bytes.length);
  const answers = await Promise.all([0, 1].map(() => send(url, 'upload', 0, bytes.subarray(0, 7 * MIB))));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 503]);
  expect(await query(url)).toEqual(['active', 7 * MIB]);
  await send(url, 'upload, finalize', 7 * MIB, bytes.subarray(7 * MIB));
  expect((await download('twice.bin')).equals(bytes)).toBe(true);
});

test('what does not have the size or checksum that was promised is not stored', async () => {
  for (const [size, md5Hash] of [
    [11, undefined],
    [10, createHash('md5').update('other').digest('base64')],
  ] as const) {
    const url = await start('promised.bin', size, { md5Hash });
    const response = await send(url, 'upload, finalize', 0, '0123456789');
    expect([response.status, response.headers.get('x-goog-upload-status')]).toEqual([400, 'final']);
  }
  expect((await harness.firebase('/promised.bin')).status).toBe(404);
});

test('cancelled: nothing is left, and no more is taken', async () => {
  const url = await start('cancelled.bin', 20 * MIB);
  await send(url, 'upload', 0, randomBytes(6 * MIB));
  expect((await send(url, 'cancel')).status).toBe(200);
  expect((await send(url, 'upload', 6 * MIB, 'x')).status).toBe(400);
  const { uploads } = await harness.s3.listIncompleteUploadsQuery(
    harness.storeBucket,
    'cancelled.bin',
    '',
    '',
    '',
  );
  expect(uploads).toEqual([]);
});

test('who began an upload ends it: rules look at that one', async () => {
  const url = await start('users/ada/resumable', 1, {}, 'User ada');
  const finished = await send(url, 'upload, finalize', 0, 'x');
  expect(finished.status).toBe(200);
  const refused = await harness.firebase('?name=users/ada/x', {
    method: 'POST',
    as: 'User eve',
    body: '{}',
    headers: { 'x-goog-upload-command': 'start' },
  });
  expect(refused.status).toBe(403);
});

test('an empty file', async () => {
  const url = await start('empty', 0);
  expect(await (await send(url, 'finalize')).json()).toMatchObject({
    size: '0',
    md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==',
  });
});
