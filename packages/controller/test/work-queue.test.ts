import { expect, test } from 'vitest';
import { WorkQueue } from '../src/index.ts';

const take = async (queue: WorkQueue) => (await queue.take())?.key;

test('a key is in it once, with the highest of its priorities', async () => {
  const queue = new WorkQueue();
  queue.add('a', { priority: -1 });
  queue.add('b');
  queue.add('a', { priority: 5 });
  queue.add('a', { priority: 1 });
  expect(await take(queue)).toBe('a');
  expect(await take(queue)).toBe('b');
  expect(queue.depth).toEqual({ ready: 0, waiting: 0 });
});

test('in order of arrival within a priority', async () => {
  const queue = new WorkQueue();
  for (const key of ['c', 'a', 'b']) queue.add(key);
  expect([await take(queue), await take(queue), await take(queue)]).toEqual(['c', 'a', 'b']);
});

test('a key is with one worker at a time, and comes again when it was added meanwhile', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.take();
  queue.add('a');
  const second = queue.take();
  queue.add('b');
  expect((await second)?.key).toBe('b');
  const third = queue.take();
  queue.done('a');
  expect((await third)?.key).toBe('a');
});

test('the earliest of its times counts', async () => {
  const queue = new WorkQueue();
  queue.add('late', { afterMs: 60_000 });
  // Far enough for a machine that is busy.
  queue.add('soon', { afterMs: 500 });
  queue.add('late', { afterMs: 5 });
  queue.add('late', { afterMs: 30_000 });
  expect(await take(queue)).toBe('late');
  expect(await take(queue)).toBe('soon');
  queue.add('x', { afterMs: 60_000 });
  queue.add('x');
  expect(await take(queue)).toBe('x');
});

test('failures in a row make the pause longer, success forgets them', () => {
  const queue = new WorkQueue({ minMs: 10, maxMs: 70, jitter: 0 });
  expect([1, 2, 3, 4, 5].map(() => queue.addRateLimited('a'))).toEqual([10, 20, 40, 70, 70]);
  queue.forget('a');
  expect(queue.addRateLimited('a')).toBe(10);
  expect(queue.addRateLimited('b')).toBe(10);
  queue.close();
});

test('close ends the waits', async () => {
  const queue = new WorkQueue();
  const waiting = queue.take();
  queue.close();
  expect(await waiting).toBeUndefined();
  queue.add('a');
  expect(await queue.take()).toBeUndefined();
});

test('a hundred thousand keys go through, each once', async () => {
  const queue = new WorkQueue();
  const n = 100_000;
  for (let i = 0; i < n; i++) queue.add(`k${i % (n / 2)}`, { priority: i % 7 });
  const seen = new Set<string>();
  for (let i = 0; i < n / 2; i++) {
    const key = await take(queue);
    seen.add(key!);
    queue.done(key!);
  }
  expect(seen.size).toBe(n / 2);
  expect(queue.depth).toEqual({ ready: 0, waiting: 0 });
});
