import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import type { Document } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import type { ListenClient } from './support/listen-client.ts';
import { equal, from, orderBy } from './support/queries.ts';

const x = { ...from('a'), where: equal('k', 'x') };
type Have = { token: Buffer; readTime: number; documents: ReadonlyMap<string, Document> };

/** A client that has a query's result, and leaves. */
async function visit(h: Harness, query: Partial<StructuredQuery>): Promise<Have> {
  const client = h.client();
  client.addQuery(1, query);
  await h.settle();
  const { readTime, resumeToken: token, targets } = client.lastSnapshot!;
  client.abort();
  await h.settle();
  return { token, readTime, documents: targets.get(1)! };
}

/** It comes back. */
async function resume(
  h: Harness,
  query: Partial<StructuredQuery>,
  have: Have,
  given: { token?: Uint8Array; readTime?: number; expectedCount?: number } = { token: have.token },
): Promise<ListenClient> {
  const client = h.client();
  const resumeType =
    given.token === undefined
      ? ({ $case: 'readTime', readTime: given.readTime! } as const)
      : ({ $case: 'resumeToken', resumeToken: Buffer.from(given.token) } as const);
  client.addQuery(1, query, { resumeType, expectedCount: given.expectedCount });
  client.adopt(1, have.documents);
  await h.timers.advance(1_000);
  return client;
}

const RESUMED = ['ADD [1]', 'CURRENT [1] @', 'NO_CHANGE @'];

describe('a target that resumes', () => {
  it('is sent only what has changed', async () => {
    await using h = new Harness();
    h.write({
      'a/1': { k: 'x' },
      'a/2': { k: 'x' },
      'a/3': { k: 'x' },
      'a/4': { k: 'x' },
      'a/5': { k: 'y' },
    });
    const have = await visit(h, x);
    h.write({
      'a/2': { k: 'x', n: 2 },
      'a/3': { k: 'y' },
      'a/4': undefined,
      'a/5': { k: 'x' },
      'a/6': { k: 'x' },
    });
    const client = await resume(h, x, have);
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/2 {"k":"x","n":2} in[1]',
      'change a/5 {"k":"x"} in[1]',
      'change a/6 {"k":"x"} in[1]',
      'remove a/3 out[1]',
      'delete a/4 out[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
    expect(client.paths(1)).toEqual(['a/1', 'a/2', 'a/5', 'a/6']);
  });

  it('is sent no documents when nothing has changed, by token and by time', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' } });
    const have = await visit(h, x);
    expect((await resume(h, x, have)).takeLog()).toEqual(RESUMED);
    expect((await resume(h, x, have, { readTime: have.readTime })).takeLog()).toEqual(RESUMED);
    expect((await resume(h, x, have, { token: have.token, expectedCount: 1 })).takeLog()).toEqual(RESUMED);
  });

  it('continues with the token of any snapshot, of its own bridge and of another', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, x);
    client.addQuery(2, from('b'));
    await h.settle();
    h.write({ 'a/1': { k: 'x' } });
    await h.settle();
    const { resumeToken: token, targets, readTime } = client.lastSnapshot!;
    h.write({ 'a/2': { k: 'x' } });
    await h.restart();
    const again = await resume(h, x, { token, readTime, documents: targets.get(1)! });
    expect(again.takeLog()).toEqual([
      'ADD [1]',
      'change a/2 {"k":"x"} in[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });

  it('is sent the rows that moved into a limit', async () => {
    await using h = new Harness();
    const first2 = { ...from('a'), ...orderBy('n'), limit: 2 };
    h.write({ 'a/1': { n: 1 }, 'a/2': { n: 2 }, 'a/3': { n: 3 } });
    const have = await visit(h, first2);
    h.write({ 'a/1': undefined });
    expect((await resume(h, first2, have)).takeLog()).toEqual([
      'ADD [1]',
      'change a/3 {"n":3} in[1]',
      'delete a/1 out[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });

  it('of documents is told what changed and what is missing', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 }, 'a/2': { n: 2 }, 'a/3': { n: 3 } });
    const { token } = await visit(h, from('a'));
    h.write({ 'a/2': { n: 22 }, 'a/3': undefined });
    const client = h.client();
    client.addDocuments(1, ['a/1', 'a/2', 'a/3'], {
      resumeType: { $case: 'resumeToken', resumeToken: token },
    });
    await h.settle();
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/2 {"n":22} in[1]',
      'delete a/3 out[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });
});

describe('a token that is of no use', () => {
  it.each([
    { name: 'is garbage', token: () => Buffer.from('garbage') },
    { name: 'was changed', token: (token: Buffer) => Buffer.from(token).fill(1, 5, 6) },
  ])('because it $name resets the target', async ({ token }) => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' } });
    const have = await visit(h, x);
    const client = await resume(h, x, have, { token: token(have.token) });
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'RESET [1]',
      'change a/1 {"k":"x"} in[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });

  it('because it is from the future resets the target', async () => {
    await using h = new Harness();
    const have = await visit(h, x);
    const client = await resume(h, x, have, { readTime: have.readTime + 3_600_000_000 });
    expect(client.takeLog()).toEqual(['ADD [1]', 'RESET [1]', 'CURRENT [1] @', 'NO_CHANGE @']);
  });

  it('because it is empty is none', async () => {
    await using h = new Harness();
    const have = await visit(h, x);
    expect((await resume(h, x, have, { token: Buffer.alloc(0) })).takeLog()).toEqual(RESUMED);
  });
});

describe('a state that the docstore has forgotten', () => {
  const leaveAndForget = async (h: Harness, query: Partial<StructuredQuery>): Promise<Have> => {
    h.write({ 'a/1': { k: 'x', n: 1 }, 'a/2': { k: 'x', n: 2 }, 'a/3': { k: 'x', n: 3 } });
    const have = await visit(h, query);
    await h.timers.advance(100);
    h.write({ 'a/1': undefined, 'a/2': { k: 'x', n: 22 }, 'a/4': { k: 'x', n: 4 } });
    h.docstore.retention = 50_000;
    return have;
  };

  it('is reset for a client that does not say how much it has', async () => {
    await using h = new Harness();
    const have = await leaveAndForget(h, x);
    expect((await resume(h, x, have)).takeLog().slice(0, 5)).toEqual([
      'ADD [1]',
      'RESET [1]',
      'change a/2 {"k":"x","n":22} in[1]',
      'change a/3 {"k":"x","n":3} in[1]',
      'change a/4 {"k":"x","n":4} in[1]',
    ]);
  });

  it('is made up with a filter for one that does', async () => {
    await using h = new Harness();
    const have = await leaveAndForget(h, x);
    const client = await resume(h, x, have, { token: have.token, expectedCount: 3 });
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'change a/2 {"k":"x","n":22} in[1]',
      'change a/4 {"k":"x","n":4} in[1]',
      'filter 1 count 3',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
    expect(client.paths(1)).toEqual(['a/2', 'a/3', 'a/4']);
    expect(client.mismatches.size).toBe(0);
  });

  it('is reset for a limited query, whose rows can move without a change', async () => {
    await using h = new Harness();
    const limited = { ...from('a'), ...orderBy('n'), limit: 2 };
    const have = await leaveAndForget(h, limited);
    const client = await resume(h, limited, have, { token: have.token, expectedCount: 2 });
    expect(client.takeLog()).toEqual([
      'ADD [1]',
      'RESET [1]',
      'change a/3 {"k":"x","n":3} in[1]',
      'change a/4 {"k":"x","n":4} in[1]',
      'CURRENT [1] @',
      'NO_CHANGE @',
    ]);
  });
});

describe('a count', () => {
  it('that differs from what the client should have gets a filter', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' }, 'a/2': { k: 'x' } });
    const have = await visit(h, x);
    const stale = new Map(have.documents);
    const [document] = have.documents.values();
    stale.set('projects/demo/databases/(default)/documents/a/ghost', {
      ...document!,
      name: 'projects/demo/databases/(default)/documents/a/ghost',
    });
    const client = await resume(h, x, { ...have, documents: stale }, { token: have.token, expectedCount: 3 });
    expect(client.takeLog()).toEqual(['ADD [1]', 'filter 1 count 2', 'CURRENT [1] @', 'NO_CHANGE @']);
    expect(client.paths(1)).toEqual(['a/1', 'a/2']);
  });

  it('of documents that differs gets all of them', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    const { token } = await visit(h, from('a'));
    const client = h.client();
    const resumeType = { $case: 'resumeToken', resumeToken: token } as const;
    client.addDocuments(1, ['a/1'], { resumeType, expectedCount: 0 });
    await h.settle();
    expect(client.takeLog()).toEqual(['ADD [1]', 'change a/1 {"n":1} in[1]', 'CURRENT [1] @', 'NO_CHANGE @']);
  });
});

it('a large difference is not read as a whole result', async () => {
  await using h = new Harness();
  const documents = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a/${i}`, { k: 'x' }]));
  h.write(documents);
  const have = await visit(h, x);
  h.write({ 'a/7': { k: 'x', n: 1 } });
  h.docstore.requests.length = 0;
  await resume(h, x, have);
  const [now, then, names, ...more] = h.docstore.requests;
  expect([now!.namesOnly, then!.namesOnly, then!.readTime]).toEqual([true, true, have.readTime]);
  expect(names!.target).toMatchObject({ documents: { names: [expect.stringMatching(/a\/7$/)] } });
  expect(more).toEqual([]);
});
