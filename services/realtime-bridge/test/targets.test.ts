import { ANONYMOUS } from '@telestack/rpc';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { equal, from, orderBy } from './support/queries.ts';

const all = from('a');

describe('a target', () => {
  it('is added, gets its documents, becomes current and gets a snapshot', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 }, 'a/2': { n: 2 }, 'b/1': { n: 3 } });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/1 {"n":1} in[1]',
      'change a/2 {"n":2} in[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });

  it('gets each commit as one snapshot', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.takeLog();
    h.commit({ 'a/1': { n: 1 }, 'a/2': { n: 2 } });
    h.commit({ 'a/1': { n: 2 }, 'b/2': { n: 2 } });
    h.commit({ 'a/1': undefined });
    h.changes.publish();
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/1 {"n":1} in[1]',
      'change a/2 {"n":2} in[1]',
      'NO_CHANGE @',
      'change a/1 {"n":2} in[1]',
      'NO_CHANGE @',
      'delete a/1 out[1]',
      'NO_CHANGE @',
    ]);
  });

  it('hears nothing of commits that do not concern it', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, { ...all, where: equal('k', 'x') });
    await h.settle();
    client.takeLog();
    h.write({ 'a/1': { k: 'y' }, 'b/1': { k: 'x' } });
    h.write({ 'a/1': undefined });
    await h.settle();
    expect(client.takeLog()).toEqual([]);
  });

  it('of documents tells which ones are missing, and when they come', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    const client = h.client();
    client.addDocuments(1, ['a/1', 'a/2', 'a/1']);
    await h.settle();
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/1 {"n":1} in[1]',
      'delete a/2 out[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
    h.write({ 'a/2': { n: 2 }, 'a/1': undefined });
    await h.settle();
    expect(client.takeLog()).toEqual(['change a/2 {"n":2} in[1]', 'delete a/1 out[1]', 'NO_CHANGE @']);
  });

  it('of no documents is current at once', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addDocuments(1, []);
    await h.settle();
    expect(client.takeLog()).toEqual(['ADD [1]', 'CURRENT [1] @', 'NO_CHANGE @']);
  });

  it('that asks for it is removed once it is current', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    const client = h.client();
    client.addDocuments(1, ['a/1'], { once: true });
    await h.settle();
    h.write({ 'a/1': { n: 2 } });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/1 {"n":1} in[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
      'REMOVE [1]',
    ]);
    expect(h.bridge.counts()).toMatchObject({ targets: 0, views: 0 });
  });

  it('is sent what others committed before it was added, even when the change stream is behind', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.takeLog();
    h.commit({ 'a/1': { n: 1 } });
    client.addDocuments(2, ['a/1']);
    await h.settle();
    expect(client.takeLog()).toEqual(['ADD [2]']);
    h.changes.publish();
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/1 {"n":1} in[1]',
      'NO_CHANGE @',
      'change a/1 {"n":1} in[2]',
      'CURRENT [2] @',
      'NO_CHANGE @',
    ]);
  });

  it('alone on its stream does not wait for the change stream', async () => {
    await using h = new Harness();
    h.changes.isDelivering = false;
    h.write({ 'a/1': { n: 1 } });
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    expect(client.takeLog()).toEqual(['ADD [1]', 'change a/1 {"n":1} in[1]', 'CURRENT [1] @', 'NO_CHANGE @']);
    h.changes.resume();
    await h.settle();
    expect(client.takeLog()).toEqual([]);
  });
});

describe('documents that leave', () => {
  const leave = async (h: Harness, principal = undefined as typeof ANONYMOUS | undefined) => {
    h.write({ 'a/1': { k: 'x', n: 1 }, 'a/2': { k: 'x', n: 2 }, 'a/3': { k: 'x', n: 3 } });
    const client = h.client(principal);
    client.addQuery(1, { ...all, where: equal('k', 'x'), ...orderBy('n'), limit: 2 });
    await h.settle();
    client.takeLog();
    return client;
  };

  it('are told with their new state to those who may see everything', async () => {
    await using h = new Harness();
    const client = await leave(h);
    h.write({ 'a/1': { k: 'y', n: 1 } });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/3 {"k":"x","n":3} in[1]',
      'change a/1 {"k":"y","n":1} out[1]',
      'NO_CHANGE @',
    ]);
  });

  it('are told by name to the others', async () => {
    await using h = new Harness();
    const client = await leave(h, ANONYMOUS);
    h.write({ 'a/1': { k: 'y', n: 1 } });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/3 {"k":"x","n":3} in[1]',
      'remove a/1 out[1]',
      'NO_CHANGE @',
    ]);
  });

  it('but still match, beyond the limit, are told with their new state to everybody', async () => {
    await using h = new Harness();
    const client = await leave(h, ANONYMOUS);
    h.write({ 'a/1': { k: 'x', n: 9 } });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/3 {"k":"x","n":3} in[1]',
      'change a/1 {"k":"x","n":9} out[1]',
      'NO_CHANGE @',
    ]);
  });

  it('unchanged, pushed out by others, are told by name', async () => {
    await using h = new Harness();
    const client = await leave(h);
    h.write({ 'a/0': { k: 'x', n: 0 } });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'change a/0 {"k":"x","n":0} in[1]',
      'remove a/2 out[1]',
      'NO_CHANGE @',
    ]);
  });
});
