import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Harness } from './support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

const object = (path: string) => `/${encodeURIComponent(path)}`;
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('base64');

function multipart(metadata: object, bytes: string, type = 'text/plain') {
  const body = `--B\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n--B\r\nContent-Type: ${type}\r\n\r\n${bytes}\r\n--B--`;
  return {
    body,
    headers: { 'content-type': 'multipart/related; boundary=B', 'x-goog-upload-protocol': 'multipart' },
  };
}

test('a multipart upload is there with its metadata, checksums and a token', async () => {
  const { body, headers } = multipart(
    { contentType: 'text/x-test', cacheControl: 'max-age=60', metadata: { ünï: 'cödé' } },
    'hello',
  );
  const response = await harness.upload('docs/multipart.txt', body, headers);
  expect(response.status).toBe(200);
  const resource = (await response.json()) as Record<string, string>;
  expect(resource).toMatchObject({
    name: 'docs/multipart.txt',
    bucket: harness.bucket,
    size: '5',
    contentType: 'text/x-test',
    cacheControl: 'max-age=60',
    metadata: { ünï: 'cödé' },
    md5Hash: md5('hello'),
    crc32c: 'mnG7TA==',
    metageneration: '1',
  });
  const download = await harness.firebase(
    `${object('docs/multipart.txt')}?alt=media&token=${resource.downloadTokens}`,
    { as: '' },
  );
  expect(await download.text()).toBe('hello');
  expect(Object.fromEntries(download.headers)).toMatchObject({
    'content-type': 'text/x-test',
    'cache-control': 'max-age=60',
    'content-disposition': "inline; filename*=utf-8''multipart.txt",
    'accept-ranges': 'bytes',
    'x-goog-hash': `crc32c=mnG7TA==,md5=${md5('hello')}`,
  });
});

test('a token opens what rules keep shut, and only that object', async () => {
  const { downloadTokens } = (await (await harness.upload('private/token.txt', 'secret')).json()) as {
    downloadTokens: string;
  };
  await harness.upload('private/other.txt', 'other');
  const get = async (path: string, token: string) =>
    (await harness.firebase(`${object(path)}?alt=media&token=${token}`, { as: '' })).status;
  expect(await get('private/token.txt', downloadTokens)).toBe(200);
  expect(await get('private/other.txt', downloadTokens)).toBe(403);
  expect(await get('private/token.txt', 'wrong')).toBe(403);
  expect(await get('private/token.txt', '')).toBe(403);
});

test('tokens: more of them, and an end to one', async () => {
  await harness.upload('tokens.txt', 'x');
  const tokens = async (query: string, as?: string) => {
    const response = await harness.firebase(`${object('tokens.txt')}?${query}`, { method: 'POST', as });
    if (!response.ok) return response.status;
    return ((await response.json()) as { downloadTokens: string }).downloadTokens.split(',');
  };
  const two = (await tokens('create_token=true')) as string[];
  expect(two).toHaveLength(2);
  expect(await tokens(`delete_token=${two[0]}`)).toEqual([two[1]]);
  expect(await tokens(`delete_token=${two[1]}`)).not.toContain(two[1]);
  expect(await tokens('create_token=true', 'User eve')).toBe(403);
});

describe('who may do what', () => {
  test("a user's own files, and nobody else's", async () => {
    const path = 'users/ada/file.txt';
    const url = object(path);
    const put = (as: string) =>
      harness.firebase(`?name=${encodeURIComponent(path)}`, { method: 'POST', body: 'x', as });
    expect((await put('User eve')).status).toBe(403);
    expect((await put('')).status).toBe(403);
    expect((await put('User ada')).status).toBe(200);
    for (const [method, query] of [
      ['GET', ''],
      ['GET', '?alt=media'],
      ['DELETE', ''],
      ['PATCH', ''],
    ] as const) {
      const body = method === 'PATCH' ? '{}' : undefined;
      expect((await harness.firebase(url + query, { method, body, as: 'User eve' })).status).toBe(403);
    }
    expect((await harness.firebase('?prefix=users/ada/&delimiter=/', { as: 'User eve' })).status).toBe(403);
    expect((await harness.firebase('?prefix=users/ada/&delimiter=/', { as: 'User ada' })).status).toBe(200);
    expect((await harness.firebase(url, { method: 'DELETE', as: 'User ada' })).status).toBe(204);
    // Whether a file exists is not told to those who may not read it.
    expect((await harness.firebase(url, { as: 'User eve' })).status).toBe(403);
    expect((await harness.firebase(url, { as: 'User ada' })).status).toBe(404);
  });

  test('what is refused is not stored', async () => {
    const refused = await harness.upload('public/type', 'x', { 'content-type': 'refused/type' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: { code: 403, message: 'Permission denied. No WRITE permission.' },
    });
    expect(await harness.paths()).not.toContain('public/type');
  });
});

test('metadata: a patch, null, and what no client may change', async () => {
  await harness.upload('meta.txt', 'x', { 'content-type': 'text/plain' });
  const patch = async (body: object) =>
    (await (
      await harness.firebase(object('meta.txt'), { method: 'PATCH', body: JSON.stringify(body) })
    ).json()) as Record<string, string>;
  const first = await patch({
    contentLanguage: 'de',
    metadata: { a: '1', b: '2' },
    size: '7',
    name: 'other',
  });
  expect(first).toMatchObject({
    contentLanguage: 'de',
    metadata: { a: '1', b: '2' },
    size: '1',
    name: 'meta.txt',
    metageneration: '2',
  });
  const second = await patch({ contentLanguage: null, metadata: { a: null } });
  expect(second).toMatchObject({ metadata: { b: '2' }, contentType: 'text/plain' });
  expect(second.contentLanguage).toBeUndefined();
  expect(second.etag).not.toBe(first.etag);
  const missing = await harness.firebase(object('nope'), { method: 'PATCH', body: '{}' });
  expect(missing.status).toBe(404);
});

test('ranges and conditions, as a CDN asks', async () => {
  await harness.upload('range.bin', Buffer.from('0123456789'));
  const get = (headers: Record<string, string>) =>
    harness.firebase(`${object('range.bin')}?alt=media`, { headers });
  const whole = await get({});
  const etag = whole.headers.get('etag')!;
  expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
  const part = await get({ range: 'bytes=2-4' });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-4/10',
    '234',
  ]);
  expect(await (await get({ range: 'bytes=-3' })).text()).toBe('789');
  const none = await get({ range: 'bytes=10-' });
  expect([none.status, none.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  const same = await get({ 'if-none-match': etag });
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag]);
  expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
  expect((await get({ 'if-modified-since': whole.headers.get('last-modified')! })).status).toBe(304);
  expect((await get({ range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200);
  const head = await harness.firebase(`${object('range.bin')}?alt=media`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
  await harness.upload('range.bin', 'new');
  expect((await get({ 'if-none-match': etag })).status).toBe(200);
});

test('lists: prefixes, pages, and only whole folders', async () => {
  for (const path of ['public/l/a', 'public/l/b/c', 'public/l/b/d', 'public/l/e', 'public/l/folder/'])
    await harness.upload(path, '');
  const list = async (query: string) => (await harness.firebase(`?${query}`, { as: '' })).json();
  expect(await list('prefix=public/l/&delimiter=/')).toEqual({
    items: ['a', 'e'].map((name) => ({ name: `public/l/${name}`, bucket: harness.bucket })),
    prefixes: ['public/l/b/', 'public/l/folder/'],
  });
  const page = (await list('prefix=public/l/&maxResults=2')) as { items: object[]; nextPageToken: string };
  expect(page.items).toHaveLength(2);
  const rest = (await list(`prefix=public/l/&pageToken=${page.nextPageToken}`)) as { items: object[] };
  expect(rest.items).toHaveLength(2);
  expect((await harness.firebase('?prefix=public/l', { as: '' })).status).toBe(400);
  expect((await harness.firebase('?maxResults=0')).status).toBe(400);
});

test('pages see the headers that the SDK needs', async () => {
  const list = await harness.firebase('', { headers: { origin: 'https://app.example' } });
  expect(list.headers.get('access-control-expose-headers')).toContain('X-Goog-Upload-URL');
});
