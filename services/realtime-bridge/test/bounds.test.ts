import { Code } from '@telestack/errors';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { from } from './support/queries.ts';

const all = from('a');

describe('an idle stream', () => {
  it('gets a fresh read time now and then', async () => {
    await using h = new Harness({ heartbeatInterval: 30_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    for (let i = 0; i < 4; i++) {
      await h.timers.advance(15_000);
      h.store.heartbeat();
      h.changes.publish();
      await h.settle();
    }
    const readTimes = client.snapshots.map(({ readTime }) => readTime);
    // The first one, and one after each 30 of the 60 seconds.
    expect(new Set(readTimes).size).toBe(3);
    expect(readTimes).toEqual(readTimes.toSorted((a, b) => a - b));
  });

  it('is kept alive while it has no snapshot, and while it has no targets', async () => {
    await using h = new Harness({ heartbeatInterval: 30_000, readTimeout: 1_000_000 });
    h.docstore.delay = () => 200_000;
    const client = h.client();
    client.addQuery(1, all);
    await h.timers.advance(100_000);
    expect(client.takeLog()).toEqual(['ADD [1]', 'NO_CHANGE', 'NO_CHANGE', 'NO_CHANGE']);
    client.remove(1);
    await h.timers.advance(100_000);
    expect(client.takeLog()).toEqual(['REMOVE [1]', 'NO_CHANGE', 'NO_CHANGE', 'NO_CHANGE']);
  });

  it('that has something to say needs no more', async () => {
    await using h = new Harness({ heartbeatInterval: 30_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    for (let n = 0; n < 10; n++) {
      await h.timers.advance(20_000);
      h.write({ 'a/1': { n } });
      await h.settle();
    }
    expect(client.snapshots.length).toBe(11);
  });

  it('keeps the read time of its last snapshot when the change stream stands still', async () => {
    await using h = new Harness({ heartbeatInterval: 30_000 });
    h.write({ 'a/1': { n: 1 } });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    await h.timers.advance(100_000);
    expect(new Set(client.snapshots.map(({ readTime }) => readTime)).size).toBe(1);
    expect(client.snapshots.length).toBe(4);
  });
});

describe('a stream that cannot be kept consistent', () => {
  it('is ended, to resume', async () => {
    await using h = new Harness({ connectionTimeout: 60_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    h.changes.isDelivering = false;
    h.write({ 'a/1': { n: 1 } });
    client.addQuery(2, from('b'));
    await h.timers.advance(50_000);
    expect(client.ended).toBeUndefined();
    await h.timers.advance(20_000);
    expect(client.ended).toMatchObject({ code: Code.UNAVAILABLE });
  });
});

describe('many targets', () => {
  it('leave nothing behind', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i % 5}/${i}`, { i }])));
    const clients = Array.from({ length: 10 }, () => h.client());
    for (const client of clients) {
      for (let i = 0; i < 10; i++)
        client.addQuery(i + 1, { ...from(`c${i % 5}`), limit: i < 5 ? 2 : undefined });
    }
    await h.settle();
    expect(h.bridge.counts()).toMatchObject({ streams: 10, targets: 100, views: 10 });
    for (const client of clients.slice(0, 5)) for (let i = 0; i < 10; i++) client.remove(i + 1);
    for (const client of clients.slice(5)) client.finish();
    await h.settle();
    expect(h.bridge.counts()).toEqual({ streams: 5, targets: 0, views: 0, routes: 0 });
  });
});
