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

/** Until the result is called, no row of an object can be written: what a crash leaves between the store and the row. */
async function withoutRows(): Promise<() => Promise<unknown>> {
  await harness.db.query(`CREATE FUNCTION storage.fail() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE 'no rows'; END $$`);
  await harness.db.query(
    'CREATE TRIGGER fail BEFORE INSERT ON storage.objects FOR EACH ROW EXECUTE FUNCTION storage.fail()',
  );
  return () => harness.db.query('DROP FUNCTION storage.fail CASCADE');
}

// Of both kinds: the last bytes are a part that was streamed, or the tail.
test.each([12, 7])('the store has completed it and the row is missing: %i MiB go on', async (size) => {
  const path = `completed-${size}.bin`;
  const bytes = randomBytes(size * MIB);
  const url = await start(path, bytes.length);
  await send(url, 'upload', 0, bytes.subarray(0, 6 * MIB));
  const rowsAgain = await withoutRows();
  const failed = await send(url, 'upload, finalize', 6 * MIB, bytes.subarray(6 * MIB)).finally(rowsAgain);
  expect(failed.status).toBe(500);
  expect(await query(url)).toEqual(['active', bytes.length]);
  const finished = await send(url, 'finalize', bytes.length);
  expect([finished.status, finished.headers.get('x-goog-upload-status')]).toEqual([200, 'final']);
  expect((await download(path)).equals(bytes)).toBe(true);
});

test('completed in the store and then replaced: the client is told to begin again', async () => {
  const bytes = randomBytes(7 * MIB);
  const url = await start('replaced.bin', bytes.length);
  await send(url, 'upload', 0, bytes.subarray(0, 6 * MIB));
  const rowsAgain = await withoutRows();
  await send(url, 'upload, finalize', 6 * MIB, bytes.subarray(6 * MIB)).finally(rowsAgain);
  await harness.upload('replaced.bin', 'newer');
  const finished = await send(url, 'finalize', bytes.length);
  expect([finished.status, finished.headers.get('x-goog-upload-status')]).toEqual([404, 'final']);
  expect((await download('replaced.bin')).toString()).toBe('newer');
});

test('the store has given the upload up: the client is told to begin again', async () => {
  const bytes = randomBytes(14 * MIB);
  const url = await start('given-up.bin', bytes.length);
  await send(url, 'upload', 0, bytes.subarray(0, 6 * MIB));
  const { uploads } = await harness.s3.listIncompleteUploadsQuery(
    harness.storeBucket,
    'given-up.bin',
    '',
    '',
    '',
  );
  await harness.s3.abortMultipartUpload(harness.storeBucket, 'given-up.bin', uploads[0]!.uploadId);
  const chunk = await send(url, 'upload', 6 * MIB, bytes.subarray(6 * MIB, 12 * MIB));
  const last = await send(url, 'upload, finalize', 6 * MIB, bytes.subarray(6 * MIB));
  expect([chunk.status, last.status]).toEqual([404, 404]);
});

test('an empty file', async () => {
  const url = await start('empty', 0);
  expect(await (await send(url, 'finalize')).json()).toMatchObject({
    size: '0',
    md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==',
  });
});
