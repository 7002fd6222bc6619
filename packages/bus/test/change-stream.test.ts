import { Code } from '@telestack/errors';
import { eventually, expectNoLeaks, startNats, uniqueStream } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bus, type ChangeStream, connectBus, type StartAt } from '../src/index.ts';

let bus: Bus;
let url: string;

beforeAll(async () => {
  url = await startNats();
  bus = await connectBus({ servers: url, name: 'change-stream-test' });
});

afterAll(() => bus.close());

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

async function makeStream(settings: { maxBytes?: number; maxAgeMs?: number } = {}): Promise<ChangeStream> {
  const stream = bus.changeStream({
    ...uniqueStream(),
    maxAgeMs: 60_000,
    maxBytes: -1,
    duplicateWindowMs: 60_000,
    ...settings,
  });
  await stream.ensureStream();
  return stream;
}

async function collect(stream: ChangeStream, start: StartAt) {
  const received: string[] = [];
  const resets: string[] = [];
  const consumption = await stream.consume({
    start,
    onMessage: (data) => void received.push(text(data)),
    onReset: (reason) => void resets.push(reason),
  });
  return { received, resets, consumption };
}

test('what is published is delivered, in order, with sequence and headers', async () => {
  const stream = await makeStream();
  const got: { data: string; sequence: number; trace: string }[] = [];
  await stream.consume({
    start: 'new',
    onMessage: (data, { sequence, headers }) =>
      void got.push({ data: text(data), sequence, trace: headers.get('traceparent') }),
  });
  const acks = await Promise.all([
    stream.publish(bytes('a'), { headers: { traceparent: '00-1' } }),
    stream.publish(bytes('b')),
  ]);
  expect(acks).toEqual([
    { sequence: 1, duplicate: false },
    { sequence: 2, duplicate: false },
  ]);
  await eventually(() => got.length === 2);
  expect(got).toEqual([
    { data: 'a', sequence: 1, trace: '00-1' },
    { data: 'b', sequence: 2, trace: '' },
  ]);
});

test('a known message id is not stored again', async () => {
  const stream = await makeStream();
  await stream.publish(bytes('a'), { msgId: '1' });
  expect(await stream.publish(bytes('a'), { msgId: '1' })).toEqual({ sequence: 1, duplicate: true });
  expect((await stream.last())?.sequence).toBe(1);
});

test('the expected predecessor keeps concurrent publishes in order', async () => {
  const stream = await makeStream();
  await stream.publish(bytes('a'), { msgId: '1' });
  await stream.publish(bytes('b'), { msgId: '2', expectLastMsgId: '1' });
  const late = stream.publish(bytes('c'), { msgId: '3', expectLastMsgId: '1' });
  await expect(late).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
});

test('the last message; none in an empty stream, nor without a stream', async () => {
  const stream = await makeStream();
  expect(await stream.last()).toBeUndefined();
  await stream.publish(bytes('a'));
  await stream.publish(bytes('b'), { headers: { kind: 'x' } });
  const last = await stream.last();
  expect([text(last!.bytes), last!.sequence, last!.headers.get('kind')]).toEqual(['b', 2, 'x']);
  const settings = { ...uniqueStream(), maxAgeMs: 1_000, maxBytes: -1, duplicateWindowMs: 1_000 };
  expect(await bus.changeStream(settings).last()).toBeUndefined();
});

test('a consumer starts at a sequence, a time, or now', async () => {
  const stream = await makeStream();
  await stream.publish(bytes('a'));
  await stream.publish(bytes('b'));
  const fromSecond = await collect(stream, { sequence: 2 });
  const fromStart = await collect(stream, { time: Date.now() - 1_000 });
  const fromNow = await collect(stream, 'new');
  await stream.publish(bytes('c'));
  await eventually(() => fromNow.received.length === 1 && fromSecond.received.length === 2);
  expect(fromNow.received).toEqual(['c']);
  expect(fromSecond.received).toEqual(['b', 'c']);
  // The stream is younger than the time: what was before it cannot be told.
  expect(fromStart.resets).toEqual(['expired']);
  expect(fromSecond.resets).toEqual([]);
});

test('a start behind the stream’s memory is a reset', async () => {
  const stream = await makeStream({ maxBytes: 1_000 });
  for (let i = 0; i < 20; i++) await stream.publish(new Uint8Array(100));
  const late = await collect(stream, { sequence: 1 });
  expect(late.resets).toEqual(['expired']);
  await stream.publish(bytes('after'));
  await eventually(() => late.received.length === 1);
  expect(late.received).toEqual(['after']);
});

test('a stream can be ensured again, also with other settings', async () => {
  const stream = await makeStream();
  await stream.publish(bytes('a'));
  await stream.ensureStream();
  await bus.changeStream({ ...stream.settings, maxAgeMs: 30_000 }).ensureStream();
  expect((await stream.last())?.sequence).toBe(1);
});

test('a slow handler holds nothing up but itself, and gets every message once', async () => {
  const stream = await makeStream();
  const slow: number[] = [];
  let running = 0;
  let most = 0;
  await stream.consume({
    start: 'new',
    heartbeatMs: 100,
    onMessage: async (_data, { sequence }) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      slow.push(sequence);
    },
  });
  const fast = await collect(stream, 'new');
  // About 12 MB: more than the server sends without an answer to its flow control.
  await Promise.all(Array.from({ length: 200 }, () => stream.publish(new Uint8Array(60_000))));
  await eventually(() => fast.received.length === 200);
  await eventually(() => slow.length === 200, 15_000);
  expect(slow).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect(most).toBe(1);
});

test('a handler that throws ends the consumption with its error', async () => {
  const stream = await makeStream();
  const own = new Error('my own');
  const consumption = await stream.consume({ start: 'new', onMessage: () => Promise.reject(own) });
  await stream.publish(bytes('a'));
  await expect(consumption.done).rejects.toBe(own);
});

test('a consumer waits for a stream that is not there yet, but not for ever', async () => {
  const settings = { ...uniqueStream(), maxAgeMs: 60_000, maxBytes: -1, duplicateWindowMs: 60_000 };
  const stream = bus.changeStream(settings);
  const hasty = stream.consume({ start: 'new', onMessage: () => {}, startTimeoutMs: 50 });
  await expect(hasty).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  const received: string[] = [];
  const consuming = stream.consume({ start: 'new', onMessage: (data) => void received.push(text(data)) });
  await stream.ensureStream();
  await consuming;
  await stream.publish(bytes('a'));
  await eventually(() => received.length === 1);
});

test('a message beyond the server’s limit is refused at once', async () => {
  const stream = await makeStream();
  const tooLarge = stream.publish(new Uint8Array(bus.maxPayload + 1));
  await expect(tooLarge).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('publishes beyond the bound are refused', async () => {
  const stream = await makeStream();
  const results = await Promise.allSettled(
    Array.from({ length: 1_100 }, () => stream.publish(new Uint8Array(10))),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(1_100 - 1_024);
  expect(refused[0]?.reason).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
});

test('nobody there: UNAVAILABLE in time', async () => {
  const nowhere = connectBus({ servers: 'nats://127.0.0.1:1', name: 'x', connectTimeoutMs: 300 });
  await expect(nowhere).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

test('closing leaves nothing behind', async () => {
  await expectNoLeaks(async () => {
    const other = await connectBus({ servers: url, name: 'leak-test' });
    const stream = other.changeStream({
      ...uniqueStream(),
      maxAgeMs: 60_000,
      maxBytes: -1,
      duplicateWindowMs: 60_000,
    });
    await stream.ensureStream();
    const consumption = await stream.consume({ start: 'new', onMessage: () => {} });
    await stream.publish(bytes('a'));
    await other.close();
    await consumption.done;
  });
});
