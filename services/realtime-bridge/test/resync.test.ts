import { Code, internal, permissionDenied, unavailable } from '@telestack/errors';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { equal, from, orderBy } from './support/queries.ts';

const all = from('a');

describe('after a gap', () => {
  it.each(['lose', 'wipe'] as const)('(%s) listeners get the difference', async (how) => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x', n: 1 }, 'a/2': { k: 'x', n: 2 }, 'a/3': { k: 'x', n: 3 } });
    const client = h.client();
    client.addQuery(1, { ...all, where: equal('k', 'x') });
    client.addQuery(2, { ...all, ...orderBy('n'), limit: 1 });
    client.addDocuments(3, ['a/1', 'a/9']);
    await h.settle();
    client.takeLog();
    h.commit({ 'a/1': undefined, 'a/2': { k: 'y', n: 2 }, 'a/4': { k: 'x', n: 4 } });
    if (how === 'lose') h.changes.lose();
    else {
      h.changes.isDelivering = false;
      h.changes.publish();
      h.changes.wipe();
      h.changes.discard();
      h.changes.isDelivering = true;
    }
    h.write({ 'b/1': {} });
    await h.timers.advance(1_000);
    const log = client.takeLog();
    expect(log.pop()).toBe('NO_CHANGE @');
    expect(log.sort()).toEqual([
      'change a/2 {"k":"y","n":2} in[2] out[1]',
      'change a/4 {"k":"x","n":4} in[1]',
      'delete a/1 out[1,2,3]',
    ]);
    expect([client.paths(1), client.paths(2), client.paths(3)]).toEqual([['a/3', 'a/4'], ['a/2'], []]);
  });

  it('nobody is told of it where nothing has changed', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.takeLog();
    h.commit({ 'b/1': {} });
    h.changes.lose();
    h.write({ 'b/2': {} });
    await h.timers.advance(1_000);
    expect(client.takeLog().filter((line) => line !== 'NO_CHANGE @')).toEqual([]);
  });

  it('all views are read again, a few at a time', async () => {
    await using h = new Harness({ readConcurrency: 2 });
    const client = h.client();
    for (let i = 0; i < 10; i++) client.addQuery(i + 1, from(`c${i}`));
    await h.settle();
    h.docstore.delay = () => 20;
    let most = 0;
    h.docstore.failure = () => {
      most = Math.max(most, h.docstore.running);
      return undefined;
    };
    h.commit(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${i}/1`, {}])));
    h.changes.lose();
    h.write({ 'b/1': {} });
    await h.timers.advance(2_000);
    expect(Array.from({ length: 10 }, (_, i) => client.paths(i + 1).length)).toEqual(Array(10).fill(1));
    expect(most).toBe(2);
  });

  it('a difference that is too large ends the stream, to resume', async () => {
    await using h = new Harness({ eventBufferSize: 20_000 });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    h.commit(
      Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`a/${i}`, { pad: 'p'.repeat(1_000) }])),
    );
    h.docstore.requests.length = 0;
    h.changes.lose();
    h.write({ 'b/1': {} });
    await h.timers.advance(1_000);
    expect(client.ended).toMatchObject({ code: Code.UNAVAILABLE });
    // The names, and the first of the documents: it is not gathered any further.
    expect(h.docstore.requests.length).toBe(2);
    const again = h.client();
    const { resumeToken } = client.lastSnapshot!;
    again.addQuery(1, all, { resumeType: { $case: 'resumeToken', resumeToken } });
    await h.timers.advance(1_000);
    expect(again.lastSnapshot!.targets.get(1)!.size).toBe(600);
  });
});

describe('a change stream that is not to be had', () => {
  it('is followed when it comes back', async () => {
    await using h = new Harness();
    await h.bridge.close();
    h.changes.isAvailable = false;
    await h.restart();
    const client = h.client();
    client.addQuery(1, all);
    await h.timers.advance(1_000);
    expect(client.lastSnapshot).toBeDefined();
    h.changes.isAvailable = true;
    h.write({ 'a/1': { n: 1 } });
    await h.timers.advance(10_000);
    h.write({ 'b/1': {} });
    await h.timers.advance(1_000);
    expect(client.paths(1)).toEqual(['a/1']);
  });
});

describe('a docstore that fails', () => {
  it.each([unavailable('no'), internal('no')])('for a while ($code) is asked again', async (error) => {
    await using h = new Harness();
    h.write(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a/${i}`, { i }])));
    let failures = 3;
    // In the middle of a result too: it goes on where it was.
    h.docstore.failure = () => (h.timers.random() > 0 && failures-- > 0 ? error : undefined);
    const client = h.client();
    client.addQuery(1, all);
    await h.timers.advance(10_000);
    expect(client.paths(1).length).toBe(9);
    expect(client.messages.length).toBe(12);
  });

  it('in the middle of a result is asked for the rest, at the same time', async () => {
    await using h = new Harness();
    h.write(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a/${i}`, { i }])));
    let responses = 0;
    h.docstore.failure = () => (++responses === 2 ? unavailable('no') : undefined);
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    h.commit({ 'a/0': undefined, 'a/00': { i: 0 } });
    await h.timers.advance(1_000);
    expect(client.paths(1)).toEqual(Array.from({ length: 9 }, (_, i) => `a/${i}`));
    h.changes.publish();
    await h.settle();
    expect(client.paths(1)).toEqual(['a/00', ...Array.from({ length: 8 }, (_, i) => `a/${i + 1}`)]);
  });

  it('that refuses the query ends the target, and leaves the stream', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    h.docstore.failure = ({ parent, target }) =>
      parent && target?.$case === 'query' && target.query.from[0]!.collectionId === 'secret'
        ? permissionDenied('Missing or insufficient permissions.')
        : undefined;
    client.addQuery(2, from('secret'));
    h.write({ 'a/1': { n: 1 } });
    await h.settle();
    expect(client.removed.get(2)).toMatchObject({
      code: Code.PERMISSION_DENIED,
      message: 'Missing or insufficient permissions.',
    });
    expect(client.paths(1)).toEqual(['a/1']);
    expect(h.bridge.counts()).toMatchObject({ targets: 1, views: 1 });
  });

  it('for too long ends the streams that wait for it', async () => {
    await using h = new Harness({ readRetryLimit: 20_000 });
    h.docstore.failure = () => unavailable('no');
    const client = h.client();
    client.addQuery(1, all);
    await h.timers.advance(15_000);
    expect(client.ended).toBeUndefined();
    await h.timers.advance(15_000);
    expect(client.ended).toMatchObject({ code: Code.UNAVAILABLE });
  });

  it('to answer at all is asked again', async () => {
    await using h = new Harness({ readTimeout: 1_000 });
    h.write({ 'a/1': { n: 1 } });
    let delay = 1_000_000;
    h.docstore.delay = () => delay;
    const client = h.client();
    client.addQuery(1, all);
    await h.timers.advance(900);
    delay = 0;
    await h.timers.advance(900);
    expect(client.paths(1)).toEqual(['a/1']);
    expect(h.docstore.running).toBe(0);
  });
});

describe('a replica of the docstore that is behind', () => {
  it('is asked for the state that the stream has come to', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    const one = h.client();
    one.addQuery(1, all);
    await h.settle();
    h.write({ 'a/1': { n: 2 } });
    await h.settle();
    h.docstore.lag = 1;
    const two = h.client();
    two.addQuery(1, all);
    await h.settle();
    expect([...two.lastSnapshot!.targets.get(1)!.values()]).toMatchObject([{ fields: { n: 2 } }]);
  });
});
