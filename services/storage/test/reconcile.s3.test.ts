import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumption } from '@telestack/bus';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ObjectEvent, objectEventStream } from '../src/index.ts';
import { Harness } from './support/harness.ts';

let harness: Harness;
let consumption: Consumption;
const events: { event: ObjectEvent; traceparent: string }[] = [];

beforeAll(async () => {
  harness = await Harness.start();
  const stream = harness.bus.changeStream(objectEventStream('test'));
  await stream.ensureStream();
  consumption = await stream.consume({
    start: 'new',
    onMessage: (bytes, { headers }) => {
      events.push({
        event: JSON.parse(Buffer.from(bytes).toString()) as ObjectEvent,
        traceparent: headers.get('traceparent'),
      });
    },
  });
  await harness.upload('first', 'makes the bucket');
});
afterAll(async () => {
  await consumption.close();
  await harness[Symbol.asyncDispose]();
});

const get = async (path: string) => {
  const response = await harness.firebase(`/${encodeURIComponent(path)}`);
  return response.ok ? ((await response.json()) as Record<string, unknown>) : response.status;
};

/** Types of events of an object of this test's bucket, in order. Other tests use the same stream and other databases. */
const typesOf = (path: string) =>
  events
    .filter(({ event }) => event.subject === `objects/${path}`)
    .map(({ event }) => event.type.split('.').at(-1));

test('what is written to the object store directly appears, with its metadata', async () => {
  await harness.s3.putObject(harness.storeBucket, 'direct/ä b+c.txt', Buffer.from('hello'), 5, {
    'Content-Type': 'text/plain',
    'Cache-Control': 'max-age=9',
    'x-amz-meta-colour': 'blue',
  });
  const resource = await eventually(async () => {
    const found = await get('direct/ä b+c.txt');
    expect(found).toBeTypeOf('object');
    return found;
  });
  expect(resource).toMatchObject({
    size: '5',
    contentType: 'text/plain',
    cacheControl: 'max-age=9',
    metadata: { colour: 'blue' },
    md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==',
  });
});

describe('reconciliation', () => {
  test('finds rows without objects, objects without rows, and bytes that are not those of the row', async () => {
    await harness.storage.close();
    const { db, s3, storeBucket, bucket } = harness;
    const insert = (path: string, etag: string) =>
      db.query(
        `INSERT INTO storage.objects (bucket, path, generation, size, store_etag, time_created, updated)
         VALUES ($1, $2, 1, 4, $3, now(), now())`,
        [bucket, path, etag],
      );
    for (let n = 0; n < 3; n++) {
      await insert(`orphan-row/${n}`, 'e');
      await s3.putObject(storeBucket, `orphan-object/${n}`, Buffer.from('bytes'));
    }
    await s3.putObject(storeBucket, 'other-bytes', Buffer.from('bytes'));
    await insert('other-bytes', 'another');
    // As if the notifications had been lost as well.
    await db.query('UPDATE storage.notification_position SET sequence = 1000000000');
    await harness.restart();
    const report = await harness.storage.reconciler.run();
    await eventually(async () => {
      const paths = await harness.paths();
      expect(paths.filter((path) => path.startsWith('orphan-'))).toEqual(
        [0, 1, 2].map((n) => `orphan-object/${n}`),
      );
    });
    expect(report.checked).toBeGreaterThan(0);
    expect(await get('other-bytes')).toMatchObject({ size: '5' });
    expect(await harness.storage.reconciler.run()).toMatchObject({ adopted: 0, removed: 0, replaced: 0 });
    await eventually(() => expect(typesOf('orphan-row/0')).toEqual(['deleted']));
    expect(typesOf('other-bytes').slice(0, 2)).toEqual(['deleted', 'finalized']);
  });

  test('asks for the notifications of a bucket that has none', async () => {
    const { s3, storeBucket } = harness;
    await s3.removeAllBucketNotification(storeBucket);
    await harness.storage.reconciler.run();
    const { QueueConfiguration } = (await s3.getBucketNotification(storeBucket)) as unknown as {
      QueueConfiguration: object[];
    };
    expect(QueueConfiguration).toHaveLength(1);
  });

  test('an administrator may ask for it, nobody else', async () => {
    const run = (as: string) => harness.fetch('/v1/storage:reconcile', { method: 'POST', as });
    expect(await (await run('Bearer owner')).json()).toMatchObject({ ignored: 0 });
    expect((await run('User ada')).status).toBe(403);
  });
});

test('writers of one path, service and store alike: row and bytes agree in the end', async () => {
  const path = 'contended';
  const bodies = Array.from({ length: 12 }, (_, n) => randomBytes(100 + n));
  await Promise.all(
    bodies.map(async (body, n) => {
      await delay(n);
      if (n % 4 === 3) await harness.s3.putObject(harness.storeBucket, path, body);
      else expect((await harness.upload(path, body)).status).toBe(200);
    }),
  );
  await harness.storage.reconciler.run();
  await eventually(async () => {
    const stat = await harness.s3.statObject(harness.storeBucket, path);
    expect(await get(path)).toMatchObject({
      md5Hash: Buffer.from(stat.etag, 'hex').toString('base64'),
      size: String(stat.size),
    });
  });
});

test('events tell of each change in order, with the trace of who made it', async () => {
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  const headers = { traceparent };
  await harness.upload('traced', 'a', headers);
  await harness.firebase('/traced', { method: 'PATCH', body: '{"cacheControl":"no-store"}', headers });
  await harness.upload('traced', 'b', headers);
  await harness.firebase('/traced', { method: 'DELETE', headers });
  await eventually(() =>
    expect(typesOf('traced')).toEqual(['finalized', 'metadataUpdated', 'deleted', 'finalized', 'deleted']),
  );
  const mine = events.filter(({ event }) => event.subject === 'objects/traced');
  expect(mine.every((message) => message.traceparent === traceparent)).toBe(true);
  expect(mine[1]!.event).toMatchObject({
    source: `//storage.googleapis.com/projects/_/buckets/${harness.bucket}`,
    data: { cacheControl: 'no-store', metageneration: '2', size: '1' },
  });
});
