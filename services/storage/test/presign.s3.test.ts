import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Harness } from './support/harness.ts';

interface Signed {
  readonly method: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly fields?: Record<string, string>;
  readonly expiresAt: string;
}

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.upload('first', 'makes the bucket');
});
afterAll(() => harness[Symbol.asyncDispose]());

async function sign(kind: 'upload' | 'download', body: object, as?: string): Promise<Response> {
  const path = `/v1/storage/${harness.bucket}/sign-${kind}`;
  return harness.fetch(path, { method: 'POST', body: JSON.stringify(body), as });
}

const signed = async (kind: 'upload' | 'download', body: object) =>
  (await (await sign(kind, body)).json()) as Signed;

/** The store's answer to a PUT. */
async function put(
  { url, headers }: Signed,
  body: string,
  changed: Record<string, string> = {},
): Promise<number> {
  const { 'content-length': _length, ...sent } = { ...headers, ...changed };
  return (await fetch(url, { method: 'PUT', body, headers: sent })).status;
}

async function post(
  { url, fields }: Signed,
  body: string,
  changed: Record<string, string> = {},
): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.set(name, value);
  form.set('file', new Blob([body]), 'file');
  return (await fetch(url, { method: 'POST', body: form })).status;
}

const exists = async (path: string) => (await harness.paths()).includes(path);

describe('PUT', () => {
  const request = {
    path: 'put/ä (1)*.txt',
    size: 5,
    contentType: 'text/plain',
    metadata: { colour: 'blue' },
  };

  test('a file goes to the store without passing the service, and appears', async () => {
    const upload = await signed('upload', request);
    expect(new URL(upload.url).origin).not.toBe(harness.origin);
    expect(await put(upload, 'hello')).toBe(200);
    await eventually(async () => expect(await exists(request.path)).toBe(true));
    const resource = await harness.firebase(`/${encodeURIComponent(request.path)}`);
    expect(await resource.json()).toMatchObject({
      size: '5',
      contentType: 'text/plain',
      metadata: { colour: 'blue' },
    });
  });

  test.each<[string, (signed: Signed) => Promise<number>]>([
    ['size', (upload) => put(upload, 'hello!')],
    ['type', (upload) => put(upload, 'hello', { 'content-type': 'text/html' })],
    ['metadata', (upload) => put(upload, 'hello', { 'x-amz-meta-colour': 'red' })],
    ['key', (upload) => put({ ...upload, url: upload.url.replace('refused', 'another') }, 'hello')],
    [
      'date',
      (upload) =>
        put({ ...upload, url: upload.url.replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20990101') }, 'hello'),
    ],
    [
      'expiry',
      (upload) =>
        put({ ...upload, url: upload.url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604800') }, 'hello'),
    ],
  ])('a changed %s is refused', async (_what, attempt) => {
    expect(await attempt(await signed('upload', { ...request, path: 'refused.txt' }))).toBe(403);
    expect(await exists('refused.txt')).toBe(false);
  });

  test('expired', async () => {
    const upload = await signed('upload', { ...request, path: 'expired.txt', expiresIn: 1 });
    await delay(Date.parse(upload.expiresAt) - Date.now() + 1_100);
    expect(await put(upload, 'hello')).toBe(403);
  });
});

describe('POST of a form', () => {
  const request = { path: 'form.txt', maxSize: 5, contentType: 'text/plain' };

  test('a file of at most that size', async () => {
    expect(await post(await signed('upload', request), 'four')).toBe(204);
    await harness.storage.reconciler.run();
    expect(await exists('form.txt')).toBe(true);
  });

  test.each<[string, (signed: Signed) => Promise<number>]>([
    ['size', (upload) => post(upload, 'larger')],
    ['type', (upload) => post(upload, 'x', { 'Content-Type': 'text/html' })],
    ['key', (upload) => post(upload, 'x', { key: 'another.txt' })],
  ])('a changed %s is refused', async (_what, attempt) => {
    expect(
      await attempt(await signed('upload', { ...request, path: 'refused-form.txt' })),
    ).toBeGreaterThanOrEqual(400);
    expect(await exists('refused-form.txt')).toBe(false);
    expect(await exists('another.txt')).toBe(false);
  });
});

test('GET: from the store, with what the browser should make of it', async () => {
  await harness.upload('down.txt', 'hello', { 'content-type': 'text/plain' });
  const { url } = await signed('download', {
    path: 'down.txt',
    contentDisposition: 'attachment; filename="d.txt"',
  });
  const response = await fetch(url);
  expect(await response.text()).toBe('hello');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="d.txt"');
  expect((await fetch(url.replace('down.txt', 'first'))).status).toBe(403);
});

test('a client that says that it has uploaded sees its file at once', async () => {
  const upload = await signed('upload', { path: 'public/confirmed', size: 1 });
  const confirm = () =>
    harness.fetch(`/v1/storage/${harness.bucket}/confirm-upload`, {
      method: 'POST',
      body: '{"path":"public/confirmed"}',
      as: '',
    });
  expect((await confirm()).status).toBe(400);
  await put(upload, 'x');
  expect(await (await confirm()).json()).toMatchObject({ name: 'public/confirmed', size: '1' });
});

test('metadata that was not signed is not believed', async () => {
  const upload = await signed('upload', { path: 'sealed.txt', size: 1, metadata: { owner: 'ada' } });
  const headers = { 'x-amz-meta-admin': 'true', 'content-disposition': 'attachment' };
  if ((await put(upload, 'x', headers)) === 200) {
    await eventually(async () => expect(await exists('sealed.txt')).toBe(true));
    const { metadata, contentDisposition } = (await (await harness.firebase('/sealed.txt')).json()) as Record<
      string,
      unknown
    >;
    expect(metadata).toEqual({ owner: 'ada' });
    expect(contentDisposition).not.toBe('attachment');
  }
  const form = await signed('upload', { path: 'form-2.txt', maxSize: 1, metadata: { owner: 'ada' } });
  expect(await post(form, 'x', { 'x-amz-meta-admin': 'true' })).toBe(403);
  expect(await post(form, 'x', { 'x-amz-meta-owner': 'eve' })).toBe(403);
  expect(await post(form, 'x')).toBe(204);
  await eventually(async () => expect(await exists('form-2.txt')).toBe(true));
  const resource = await (await harness.firebase('/form-2.txt')).json();
  expect(resource).toMatchObject({ metadata: { owner: 'ada' } });
});

test('rules see every size that a form may have', async () => {
  const body = { path: 'public/sized', maxSize: 9 };
  expect((await sign('upload', body, '')).status).toBe(403);
  expect((await sign('upload', { ...body, minSize: 1 }, '')).status).toBe(200);
  const form = (await (await sign('upload', { ...body, minSize: 1 }, '')).json()) as Signed;
  expect(await post(form, '')).toBe(400);
});

test('rules decide before anything is signed', async () => {
  expect((await sign('upload', { path: 'users/ada/x', size: 1 }, 'User eve')).status).toBe(403);
  expect((await sign('upload', { path: 'users/ada/x', size: 1 }, 'User ada')).status).toBe(200);
  expect((await sign('upload', { path: 'public/x', size: 1, contentType: 'refused/type' }, '')).status).toBe(
    403,
  );
  expect((await sign('download', { path: 'first' }, 'User eve')).status).toBe(403);
});

test.each([
  {},
  { path: 'x' },
  { path: 7, size: 1 },
  { path: '../x', size: 1 },
  { path: 'x', size: 1, maxSize: 1 },
  { path: 'x', size: -1 },
  { path: 'x', size: 1e12 },
  { path: 'x', maxSize: 1, minSize: 2 },
  { path: 'x', size: 1, expiresIn: 0 },
  { path: 'x', size: 1, expiresIn: 700_000 },
  { path: 'x', size: 1, contentType: 'a\nb' },
])('refused: %j', async (body) => {
  expect((await sign('upload', body)).status).toBe(400);
});
