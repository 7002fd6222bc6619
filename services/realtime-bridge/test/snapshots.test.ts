import { Code } from '@telestack/errors';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { equal, from, orderBy } from './support/queries.ts';

const all = from('a');
const first2 = { ...all, ...orderBy('n'), limit: 2 };
const pad = 'p'.repeat(1_000);

describe('a snapshot', () => {
  it('has a commit as a whole, in whatever parts it came', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.takeLog();
    h.commit({ 'a/1': { n: 1 }, 'a/2': { n: 2 }, 'a/3': { n: 3 } });
    h.changes.publish({ partSize: 1, isReference: (path) => path === 'a/2' });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/1 {"n":1} in[1]',
      'change a/2 {"n":2} in[1]',
      'change a/3 {"n":3} in[1]',
      'NO_CHANGE @',
    ]);
  });

  it('waits for the target whose view has to be read, and holds up no other stream', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`a/${n}`, { n }])));
    const [one, two] = [h.client(), h.client()];
    one.addQuery(1, first2);
    await h.settle();
    one.addQuery(2, all);
    two.addQuery(1, all);
    await h.settle();
    one.takeLog();
    two.takeLog();
    h.docstore.delay = () => 100;
    // The window has four rows; the third commit leaves one.
    for (const n of [1, 2, 3]) h.commit({ [`a/${n}`]: undefined });
    h.commit({ 'a/9': { n: 9 } });
    h.changes.publish();
    await h.settle();
    const before = [
      'change a/3 {"n":3} in[1]',
      'delete a/1 out[1,2]',
      'NO_CHANGE @',
      'change a/4 {"n":4} in[1]',
      'delete a/2 out[1,2]',
      'NO_CHANGE @',
    ];
    expect(one.takeLog()).toEqual(before);
    expect(two.takeLog().length).toBe(8);
    await h.timers.advance(1_000);
    expect(one.takeLog()).toEqual([
      'delete a/3 out[1,2]',
      'change a/5 {"n":5} in[1]',
      'NO_CHANGE @',
      'change a/9 {"n":9} in[2]',
      'NO_CHANGE @',
    ]);
  });

  it('has nothing that is older than what the client has from another target', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`a/${n}`, { n }])));
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    h.docstore.delay = () => 100;
    client.addQuery(2, { ...all, ...orderBy('n') });
    // The first rows have been read when their documents change.
    await h.timers.advance(150);
    h.write({ 'a/1': { n: 1, isNew: true }, 'a/2': undefined });
    await h.settle();
    client.takeLog();
    await h.timers.advance(500);
    expect(client.takeLog()).toEqual([
      'change a/3 {"n":3} in[2]',
      'change a/4 {"n":4} in[2]',
      'change a/5 {"n":5} in[2]',
      'change a/6 {"n":6} in[2]',
      'change a/1 {"n":1,"isNew":true} in[2]',
      'remove a/2 out[2]',
      'CURRENT [2] @',
      'NO_CHANGE @',
    ]);
  });

  it('after a refill is of the very commit that made it necessary', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`a/${n}`, { n }])));
    const client = h.client();
    client.addQuery(1, first2);
    await h.settle();
    h.docstore.requests.length = 0;
    for (const n of [1, 2, 3]) h.write({ [`a/${n}`]: undefined });
    const refilled = h.store.time;
    h.write({ 'a/4': undefined });
    await h.settle();
    expect(h.docstore.requests.map(({ readTime }) => readTime)).toContain(refilled);
    expect(client.snapshots.map(({ readTime, targets }) => [readTime, targets.get(1)!.size])).toContainEqual([
      refilled,
      2,
    ]);
    expect(client.paths(1)).toEqual(['a/5', 'a/6']);
  });

  it('is served from the rows behind the limit, without a read, as long as there are some', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`a/${n}`, { n }])));
    const client = h.client();
    client.addQuery(1, { ...all, ...orderBy('n'), limit: 20 });
    await h.settle();
    h.docstore.requests.length = 0;
    for (let n = 0; n < 20; n++) h.write({ [`a/${n}`]: undefined });
    await h.settle();
    expect(h.docstore.requests).toEqual([]);
    h.write({ 'a/20': undefined });
    await h.settle();
    // The rows, and whether the one that left is gone or merely out.
    expect(h.docstore.requests.map(({ target }) => target?.$case)).toEqual(['query', 'documents']);
    expect(client.paths(1).length).toBe(20);
  });
});

describe('a slow client', () => {
  it('gets what it missed as one newer snapshot', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.outlet.highWater = 10;
    client.outlet.pause();
    for (let n = 0; n < 20; n++) {
      h.write({ 'a/1': { n }, [`a/gone${n}`]: { n }, [`a/gone${n - 1}`]: undefined });
      await h.settle();
    }
    client.takeLog();
    client.outlet.resume();
    await h.settle();
    const log = client.takeLog();
    expect(log.filter((line) => line === 'NO_CHANGE @').length).toBe(2);
    expect(client.paths(1)).toEqual(['a/1', 'a/gone19']);
  });

  it('is dropped, to resume, when more waits than the buffer holds', async () => {
    await using h = new Harness({ eventBufferSize: 20_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.outlet.highWater = 10;
    client.outlet.pause();
    for (let n = 0; n < 40 && !client.ended; n++) {
      h.write({ [`a/${n}`]: { pad } });
      await h.settle();
    }
    expect(client.ended).toMatchObject({ code: Code.UNAVAILABLE });
    expect(h.bridge.counts().streams).toBe(0);
  });

  it('is not dropped for one document that changes often', async () => {
    await using h = new Harness({ eventBufferSize: 20_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.outlet.highWater = 10;
    client.outlet.pause();
    for (let n = 0; n < 100; n++) {
      h.write({ 'a/1': { n, pad } });
      await h.settle();
    }
    client.outlet.resume();
    await h.settle();
    expect(client.ended).toBeUndefined();
    expect([...client.lastSnapshot!.targets.get(1)!.values()]).toMatchObject([{ fields: { n: 99 } }]);
  });

  it('that takes nothing at all is given up', async () => {
    await using h = new Harness({ connectionTimeout: 10_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.outlet.highWater = 10;
    client.outlet.pause();
    h.write({ 'a/1': { n: 1 } });
    h.write({ 'a/1': { n: 2 } });
    await h.timers.advance(9_000);
    client.outlet.take(1);
    await h.timers.advance(9_000);
    expect(client.ended).toBeUndefined();
    await h.timers.advance(4_000);
    expect(client.ended).toMatchObject({ code: Code.UNAVAILABLE });
  });
});

describe('a large result', () => {
  it('reaches a client in full, whatever the buffer holds', async () => {
    await using h = new Harness({ eventBufferSize: 40_000 });
    h.docstore.chunk = 500;
    for (let i = 0; i < 12; i++) {
      h.commit(Object.fromEntries(Array.from({ length: 300 }, (_, j) => [`a/${i}-${j}`, { i }])));
    }
    h.changes.publish();
    const client = h.client();
    client.outlet.highWater = 1_000;
    client.outlet.pause();
    client.addQuery(1, all);
    await h.settle();
    expect(client.outlet.sentBytes).toBeLessThan(1_500);
    for (let i = 0; i < 1_000 && !client.lastSnapshot; i++) {
      client.outlet.take(100);
      await h.settle();
    }
    expect(client.lastSnapshot!.targets.get(1)!.size).toBe(3_600);
  });

  it('that changes while it is being sent arrives as it is at its snapshot', async () => {
    await using h = new Harness({ eventBufferSize: 200_000 });
    h.docstore.chunk = 50;
    h.write(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a/${i}`, { i, pad }])));
    const client = h.client();
    client.outlet.highWater = 5_000;
    client.outlet.pause();
    client.addQuery(1, all);
    await h.settle();
    for (let i = 0; i < 200 && !client.lastSnapshot; i++) {
      h.write({ [`a/${i}`]: { changed: i }, [`a/${299 - i}`]: undefined });
      client.outlet.take(20);
      await h.settle();
    }
    client.outlet.resume();
    await h.settle();
    const shown = [...client.lastSnapshot!.targets.get(1)!.values()].map(({ updateTime }) => updateTime);
    const stored = h.store.at(client.lastSnapshot!.readTime).map(({ updateTime }) => updateTime);
    expect(shown.sort()).toEqual(stored.sort());
  });

  it('does not hold up the other clients that read it', async () => {
    await using h = new Harness({ eventBufferSize: 40_000 });
    h.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a/${i}`, { pad }])));
    const [slow, quick] = [h.client(), h.client()];
    slow.outlet.highWater = 1_000;
    slow.outlet.pause();
    for (const client of [slow, quick]) client.addQuery(1, all);
    await h.settle();
    expect(quick.lastSnapshot!.targets.get(1)!.size).toBe(200);
    expect(h.docstore.requests.filter(({ target }) => target?.$case === 'query').length).toBe(1);
  });
});

describe('many clients at once', () => {
  it('share one read, and those who come while it runs share the next', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' } });
    h.docstore.delay = () => 50;
    const join = (count: number) => {
      for (let i = 0; i < count; i++) h.client().addQuery(1, { ...all, where: equal('k', 'x') });
    };
    join(20);
    await h.settle();
    join(20);
    await h.settle();
    join(20);
    await h.timers.advance(1_000);
    expect(h.docstore.requests.length).toBe(2);
    expect(h.clients.every((client) => client.lastSnapshot?.targets.get(1)?.size === 1)).toBe(true);
    expect(h.bridge.counts()).toMatchObject({ streams: 60, views: 1 });
  });
});
