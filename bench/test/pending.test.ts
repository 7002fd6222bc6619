import { expect, it } from 'vitest';
import { openAll, PendingEvents } from '../src/pending.ts';

it('takes a snapshot as the delivery of everything that the channel had before it', async () => {
  const events = new PendingEvents();
  for (const sequence of [1, 2, 3]) events.sent('a', sequence);
  events.sent('b', 2);
  events.delivered('a', 2);
  expect(events.recorder.latencies).toHaveLength(2);
  events.delivered('a', 3);
  events.delivered('b', 2);
  await events.settle(1);
  expect(events.recorder).toMatchObject({ errors: 0 });
  expect(events.recorder.latencies).toHaveLength(4);
});

it('counts what never arrives', async () => {
  const events = new PendingEvents();
  events.sent('a', 1);
  await events.settle(0);
  expect(events.recorder.errors).toBe(1);
});

it('opens at most so many at a time, and keeps their order', async () => {
  let open = 0;
  let most = 0;
  const results = await openAll(20, 3, async (n) => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return n;
  });
  expect(most).toBe(3);
  expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n));
});
