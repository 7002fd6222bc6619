import { Code } from '@telestack/errors';
import { ANONYMOUS } from '@telestack/rpc';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { equal, field, from } from './support/queries.ts';

const all = from('a');
const status = (code: number) => expect.objectContaining({ code });

describe('targets of one stream', () => {
  it('get a document in one message', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' } });
    const client = h.client();
    client.addQuery(2, all);
    client.addQuery(4, { ...all, where: equal('k', 'x') });
    client.addQuery(6, { ...all, where: equal('k', 'y') });
    client.addDocuments(8, ['a/1']);
    await h.settle();
    client.takeLog();
    h.write({ 'a/1': { k: 'y' } });
    await h.settle();
    expect(client.takeLog()).toEqual(['change a/1 {"k":"y"} in[2,6,8] out[4]', 'NO_CHANGE @']);
    h.write({ 'a/1': undefined });
    await h.settle();
    expect(client.takeLog()).toEqual(['delete a/1 out[2,6,8]', 'NO_CHANGE @']);
  });

  it('are isolated: one that fails is removed, the others go on', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    client.addQuery(2, { ...all, where: field('n', 'UNSPECIFIED', 1) });
    client.addQuery(3, { ...all, select: { fields: [{ fieldPath: 'n' }] } });
    client.addDocuments(4, ['a']);
    client.add(5, undefined);
    await h.settle();
    h.write({ 'a/1': { n: 1 } });
    await h.settle();
    expect(client.paths(1)).toEqual(['a/1']);
    for (const id of [2, 3, 4, 5])
      expect(client.removed.get(id)).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(client.messages.filter(({ responseType }) => responseType?.$case === 'targetChange').length).toBe(
      5 + 4 + 1 + 1 + 1,
    );
  });

  it('share views, and only among clients with the same rights', async () => {
    await using h = new Harness();
    for (const principal of [
      undefined,
      undefined,
      ANONYMOUS,
      { kind: 'user', uid: 'u', claims: {} } as const,
    ]) {
      h.client(principal).addQuery(1, all);
    }
    await h.settle();
    expect(h.bridge.counts()).toMatchObject({ streams: 4, targets: 4, views: 3 });
    expect(h.docstore.contexts.map(({ principal }) => principal.kind).sort()).toEqual([
      'admin',
      'anonymous',
      'user',
    ]);
  });

  it('that are refused for lack of room are told so', async () => {
    await using h = new Harness({ maxSubscriptionsPerClient: 2 });
    const client = h.client();
    for (const id of [1, 2, 3]) client.addQuery(id, all);
    await h.settle();
    expect(client.removed.get(3)).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    client.remove(1);
    client.addQuery(4, all);
    await h.settle();
    expect(client.targets.get(4)?.isCurrent).toBe(true);
  });

  it('that were removed are not heard of again', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    client.addQuery(2, all);
    await h.settle();
    client.takeLog();
    client.remove(1);
    client.remove(1);
    client.remove(77);
    await h.settle();
    h.write({ 'a/1': { n: 1 } });
    await h.settle();
    expect(client.takeLog()).toEqual(['REMOVE [1]', 'change a/1 {"n":1} in[2]', 'NO_CHANGE @']);
  });

  it('can be removed before they are current, and added again with the same id', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { n: 1 } });
    h.docstore.delay = () => 50;
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.remove(1);
    await h.settle();
    client.addQuery(1, from('b'));
    await h.timers.advance(500);
    expect(client.takeLog()).toEqual(['ADD [1]', 'REMOVE [1]', 'ADD [1]', 'CURRENT [1] @', 'NO_CHANGE @']);
  });
});

describe('target ids', () => {
  it('are given by the server when the client gives none, and then always', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(5, all);
    await h.settle();
    const add = (id: number) => {
      const documents = { documents: [] };
      client.send({
        targetChange: {
          $case: 'addTarget',
          addTarget: {
            targetType: { $case: 'documents', documents },
            resumeType: undefined,
            targetId: id,
            once: false,
            expectedCount: undefined,
          },
        },
      });
    };
    // The client's model of the stream expects the ids that it asked for.
    client.expectAdds(6, 7);
    add(0);
    add(0);
    add(9);
    await h.settle();
    expect(client.takeLog().filter((line) => /ADD|REMOVE/.test(line))).toEqual([
      'ADD [5]',
      'ADD [6]',
      'ADD [7]',
      expect.stringMatching(/^REMOVE \[9\] 3 /),
    ]);
  });

  it.each([-1, 5])('that cannot be (%i) end the stream', async (id) => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(5, all);
    await h.settle();
    client.addQuery(id, all);
    await h.settle();
    expect(client.ended).toEqual(status(Code.INVALID_ARGUMENT));
  });
});

describe('a stream', () => {
  it('ends when the client has no more requests', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.finish();
    await h.settle();
    expect(client.ended).toBe('ok');
    expect(h.bridge.counts()).toEqual({ streams: 0, targets: 0, views: 0, routes: 0 });
  });

  it('leaves nothing behind when the connection breaks', async () => {
    await using h = new Harness();
    h.write({ 'a/1': { k: 'x' } });
    h.docstore.delay = () => 10;
    const client = h.client();
    client.addQuery(1, { ...all, where: equal('k', 'x') });
    await h.timers.advance(100);
    client.addQuery(2, all);
    client.abort();
    await h.timers.advance(100);
    expect(client.ended).toEqual(status(Code.CANCELLED));
    expect(h.bridge.counts()).toEqual({ streams: 0, targets: 0, views: 0, routes: 0 });
    expect(h.docstore.running).toBe(0);
    expect(h.timers.pending).toBe(0);
  });

  it.each([
    { what: 'neither adds nor removes', request: {} },
    { what: 'is about another database', request: { database: 'projects/other/databases/(default)' } },
    { what: 'names no database', request: { database: 'demo' } },
  ])('ends with INVALID_ARGUMENT at a request that $what', async ({ request }) => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.send({ targetChange: undefined, ...request });
    await h.settle();
    expect(client.ended).toEqual(status(Code.INVALID_ARGUMENT));
  });

  it('ends with INVALID_ARGUMENT when it does not begin with a database, or begins with no request at all', async () => {
    await using h = new Harness();
    const [one, two] = [h.client(), h.client()];
    one.send({ database: '', targetChange: { $case: 'removeTarget', removeTarget: 1 } });
    two.sendBytes(Buffer.from('ffffffff', 'hex'));
    await h.settle();
    expect(one.ended).toEqual(status(Code.INVALID_ARGUMENT));
    expect(two.ended).toEqual(status(Code.INVALID_ARGUMENT));
  });

  it('takes requests without a database after the first', async () => {
    await using h = new Harness();
    const client = h.client();
    client.addQuery(1, all);
    await h.settle();
    client.send({ database: '', targetChange: { $case: 'removeTarget', removeTarget: 1 } });
    await h.settle();
    expect(client.removed.has(1)).toBe(true);
    expect(client.ended).toBeUndefined();
  });

  it('refuses targets of another database', async () => {
    await using h = new Harness();
    const client = h.client();
    const name = 'projects/other/databases/(default)/documents/a/1';
    client.add(1, { $case: 'documents', documents: { documents: [name] } });
    await h.settle();
    expect(client.removed.get(1)).toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  it('ends with UNAVAILABLE when the bridge closes, for the client to come back', async () => {
    await using h = new Harness();
    const [silent, client] = [h.client(), h.client()];
    client.addQuery(1, all);
    await h.settle();
    await h.restart();
    expect(client.ended).toEqual(status(Code.UNAVAILABLE));
    expect(silent.ended).toEqual(status(Code.UNAVAILABLE));
  });
});
