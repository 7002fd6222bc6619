import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';

const all = { from: [{ collectionId: 'a', allDescendants: false }] };

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
});
