import { startMinio } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StorageAccess } from '../src/index.ts';
import { Harness } from './support/harness.ts';

/** Everyone may do everything: only the project keeps people apart. */
const OPEN: StorageAccess = { allow: () => true };

test('an object store that does not know the target of notifications holds files all the same', async () => {
  const minio = await startMinio();
  const s3 = {
    ...minio,
    pathStyle: true,
    bucketPrefix: 'quiet-',
    notificationArn: 'arn:minio:sqs::NOBODY:nats',
  };
  await using harness = await Harness.start({ s3 });
  expect((await harness.upload('a.txt', 'x')).status).toBe(200);
  expect(harness.logged.join()).toContain('sends no notifications of the bucket quiet-files.appspot.com');
});

describe('in production', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start({ isEmulating: false, defaultProject: 'one', access: OPEN });
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  const json = (body: object) => ({ method: 'POST', body: JSON.stringify(body) });
  const status = async (path: string, as: string, init: RequestInit = {}) =>
    (await harness.fetch(path, { ...init, as })).status;
  const own = '/v0/b/one.firebasestorage.app/o';

  test('Firebase’s buckets of a project are there without being made; others are made by its administrators', async () => {
    for (const bucket of ['one.firebasestorage.app', 'one.appspot.com']) {
      const path = `/v0/b/${bucket}/o`;
      expect(await status(`${path}?name=a.txt`, 'User ann@one', { method: 'POST', body: 'x' })).toBe(200);
      expect(await status(`${path}/a.txt?alt=media`, 'User ann@one')).toBe(200);
    }
    const other = '/v0/b/more-files/o';
    expect(await status(`${other}?name=a`, 'User ann@one', { method: 'POST', body: 'x' })).toBe(404);
    const create = json({ name: 'more-files' });
    expect(await status('/storage/v1/b', 'User ann@one', create)).toBe(403);
    expect(await status('/storage/v1/b?project=one', 'Admin two', create)).toBe(403);
    expect(await status('/storage/v1/b', 'Admin one', create)).toBe(200);
    expect(await status(`${other}?name=a`, 'User ann@one', { method: 'POST', body: 'x' })).toBe(200);
    expect(await status('/storage/v1/b', 'Admin two', json({ name: 'one.appspot.com' }))).toBe(403);
  });

  test('no credential of another project opens a bucket by any API, an administrator’s neither', async () => {
    await harness.fetch(`${own}?name=secret.txt`, { method: 'POST', body: 'x', as: 'User ann@one' });
    const sign = (kind: string, body: object): [string, RequestInit] => [
      `/v1/storage/one.firebasestorage.app/${kind}`,
      json(body),
    ];
    const cloud = '/storage/v1/b/one.firebasestorage.app';
    const start = { 'x-goog-upload-command': 'start', 'x-goog-upload-protocol': 'resumable' };
    const attempts: [string, RequestInit?][] = [
      [own],
      [`${own}/secret.txt`],
      [`${own}/secret.txt?alt=media`],
      [`${own}/none.txt`],
      [`${own}?name=new.txt`, { method: 'POST', body: 'x' }],
      [`${own}?name=new.txt`, { method: 'POST', body: '{}', headers: start }],
      [`${own}/secret.txt`, { method: 'PATCH', body: '{}' }],
      [`${own}/secret.txt`, { method: 'DELETE' }],
      sign('sign-upload', { path: 'new.txt', size: 1 }),
      sign('sign-download', { path: 'secret.txt' }),
      sign('confirm-upload', { path: 'secret.txt' }),
    ];
    const asAdmin: [string, RequestInit?][] = [
      ...attempts,
      [cloud],
      [cloud, { method: 'DELETE' }],
      [`${cloud}/o`],
      [`${cloud}/o/secret.txt?alt=media`],
      [`/upload${cloud}/o?uploadType=media&name=new.txt`, { method: 'POST', body: 'x' }],
      [`${cloud}/o/secret.txt/copyTo/b/two.appspot.com/o/stolen.txt`, { method: 'POST', body: '{}' }],
      [`/storage/v1/b?project=one`],
      ['/v1/storage:reconcile', { method: 'POST' }],
    ];
    for (const [path, init] of attempts)
      expect([path, await status(path, 'User eve@two', init)]).toEqual([path, 403]);
    for (const [path, init] of asAdmin)
      expect([path, await status(path, 'Admin two', init)]).toEqual([path, 403]);
    expect(await status(`${own}/secret.txt?alt=media`, 'User ann@one')).toBe(200);
  });

  test('who has made and removed buckets is in the audit log, for the project’s administrators', async () => {
    await harness.fetch('/storage/v1/b', { ...json({ name: 'seen-files' }), as: 'Admin one' });
    expect(await status('/storage/v1/b/seen-files', 'User ann@one', { method: 'DELETE' })).toBe(403);
    await harness.fetch('/storage/v1/b/seen-files', { method: 'DELETE' });
    const log = '/v1/storage:auditLog?project=one';
    const { entries } = (await (await harness.fetch(log, { as: 'Admin one' })).json()) as {
      entries: Record<string, string>[];
    };
    const seen = entries.filter(({ target }) => target === 'seen-files');
    expect(seen.map(({ action }) => action)).toEqual(['buckets.delete', 'buckets.create']);
    expect(Date.parse(seen[0]!.time!)).toBeGreaterThan(0);
    const older = await (await harness.fetch(`${log}&before=${seen[1]!.id}`)).json();
    expect(JSON.stringify(older)).not.toContain('seen-files');
    expect(await status(log, 'Admin two')).toBe(403);
    expect(await status(log, 'User ann@one')).toBe(403);
    expect(await status(`${log}&before=x`, 'Admin one')).toBe(400);
  });

  test('an administrator sees his own project’s buckets', async () => {
    await harness.fetch('/v0/b/two.appspot.com/o?name=a', { method: 'POST', body: 'x', as: 'Admin two' });
    const names = async (as: string) => {
      const { items } = (await (await harness.fetch('/storage/v1/b', { as })).json()) as {
        items: { name: string }[];
      };
      return items.map(({ name }) => name);
    };
    expect(await names('Admin two')).toEqual(['two.appspot.com']);
    expect(await names('Bearer owner')).toContain('two.appspot.com');
  });

  test('a download token opens its object, whoever brings it', async () => {
    const uploaded = await harness.fetch(`${own}?name=shared.txt`, {
      method: 'POST',
      body: 'hello',
      as: 'User ann@one',
    });
    const { downloadTokens } = (await uploaded.json()) as { downloadTokens: string };
    const url = `${own}/shared.txt?alt=media&token=`;
    expect(await status(url + downloadTokens, 'User eve@two')).toBe(200);
    expect(await status(`${url}other`, 'User eve@two')).toBe(403);
  });
});
