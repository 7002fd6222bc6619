import { Code } from '@telestack/errors';
import {
  type StructuredQuery,
  StructuredQuery_FindNearest_DistanceMeasure,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { Fields } from '@telestack/values';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseToken } from '../src/transactions/token.ts';
import { LEASE_MS } from '../src/transactions/turns.ts';
import { openDocstore, type TestDocstore } from './docstore.ts';
import { Client, EXPIRED, NEW, READ_ONLY, within } from './transaction-client.ts';

let store: TestDocstore;
beforeAll(async () => {
  store = await openDocstore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('a read-write transaction', () => {
  test('commits what it has read and found unchanged', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const { token, fields } = await client.get(['c/a', 'c/none'], NEW);
    expect(fields).toEqual([{ n: 1 }, null]);
    await client.commit({ 'c/a': { n: 2 } }, token);
    expect((await client.get(['c/a'])).fields).toEqual([{ n: 2 }]);
  });

  test.each(['c/a', 'c/none'])('is aborted when %s, which it has read, has changed since', async (path) => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const { token } = await client.get(['c/a', 'c/none'], NEW);
    await client.commit({ [path]: { n: 5 } });
    await expect(client.commit({ 'c/b': {} }, token)).rejects.toMatchObject({ code: Code.ABORTED });
    expect((await client.get(['c/b'])).fields).toEqual([null]);
    await expect(client.commit({ 'c/b': {} }, token)).rejects.toMatchObject(EXPIRED);
  });

  test('is aborted when the result of its query has changed', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const { token, fields } = await client.query('c', NEW);
    expect(fields).toEqual([{ n: 1 }]);
    const other = await client.query('c', NEW);
    await client.commit({ 'd/x': {} }, other.token);
    await client.commit({ 'c/b': { n: 2 } });
    await expect(client.commit({ 'd/y': {} }, token)).rejects.toMatchObject({ code: Code.ABORTED });
  });

  describe('that has searched vectors', () => {
    const search = (limit: number): Partial<StructuredQuery> => ({
      findNearest: {
        vectorField: { fieldPath: 'v' },
        queryVector: { $vector: [0, 0] },
        limit,
        distanceMeasure: StructuredQuery_FindNearest_DistanceMeasure.EUCLIDEAN,
        distanceResultField: '',
        distanceThreshold: undefined,
      },
    });
    const vector = (x: number): Fields => ({ v: { $vector: [x, x] } });
    const filled = async (): Promise<Client> => {
      const client = new Client(store);
      await client.commit({ 'c/near': vector(1), 'c/far': vector(2), 'c/none': { n: 1 } });
      return client;
    };

    test.each(['a new one', 'a running one'])(
      'commits, %s, unless what it searched has changed',
      async (kind) => {
        const client = await filled();
        const begin = async () => {
          if (kind === 'a new one') return { selector: NEW };
          const running = await client.begin('readWrite');
          return { selector: within(running), running };
        };
        for (const [path, fields, isChanged] of [
          ['other/x', vector(0), false],
          ['c/none', { n: 2 }, false],
          ['c/nearer', vector(0), true],
          ['c/near', vector(5), true],
        ] as const) {
          const { selector, running } = await begin();
          const { token, fields: found } = await client.query('c', selector, search(1));
          expect(found).toEqual([vector(1)]);
          await client.commit({ [path]: fields });
          const commit = client.commit({ 'd/x': {} }, running ?? token);
          if (isChanged) await expect(commit).rejects.toMatchObject({ code: Code.ABORTED });
          else await commit;
          await client.commit({ 'c/nearer': null, 'c/near': vector(1) });
        }
      },
    );
  });

  test('sees one time: later reads are as new as nothing that it has read has changed', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 }, 'c/b': { n: 1 } });
    const { token } = await client.get(['c/a'], NEW);
    await client.commit({ 'c/b': { n: 2 } });
    expect((await client.get(['c/b'], within(token))).fields).toEqual([{ n: 2 }]);
    await client.commit({ 'c/a': { n: 3 }, 'c/b': { n: 3 } });
    expect((await client.get(['c/a', 'c/b'], within(token))).fields).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await client.query('c', within(token))).fields).toEqual([{ n: 1 }, { n: 2 }]);
    await expect(client.commit({}, token)).rejects.toMatchObject({ code: Code.ABORTED });
  });

  test('can be served by several replicas', async () => {
    const client = new Client(store);
    const token = await client.begin('readWrite');
    expect((await client.elsewhere().get(['c/a'], within(token))).fields).toEqual([null]);
    await client.commit({ 'c/a': { n: 1 } }, token);
    await expect(client.elsewhere().get(['c/a'], within(token))).rejects.toMatchObject(EXPIRED);
  });
});

describe('the turn', () => {
  /** Adds one to a document; resolves to how often it was tried. */
  async function increment(client: Client, path = 'c/hot'): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const { token, fields } = await client.get([path], NEW);
      const n = (fields[0]?.n as number | undefined) ?? 0;
      try {
        await client.elsewhere().commit({ [path]: { n: n + 1 } }, token);
        return attempt;
      } catch (error) {
        expect(error).toMatchObject({ code: Code.ABORTED });
      }
    }
  }

  test('goes from one transaction to the next, whatever replica serves them: none is in vain', async () => {
    const client = new Client(store);
    const clients = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? client : client.elsewhere()));
    const attempts = await Promise.all(clients.map((one) => increment(one)));
    expect(attempts).toEqual(clients.map(() => 1));
    expect((await client.get(['c/hot'])).fields).toEqual([{ n: 12 }]);
  });

  test('is not waited for by reads and writes outside of transactions', async () => {
    const client = new Client(store);
    const { token } = await client.get(['c/a'], NEW);
    await client.commit({ 'c/a': { n: 1 } });
    expect((await client.get(['c/a'])).fields).toEqual([{ n: 1 }]);
    await client.rollback(token);
  });

  test('comes when the one before has rolled back', async () => {
    const client = new Client(store);
    const first = await client.get(['c/a'], NEW);
    const second = client.get(['c/a'], NEW);
    await client.elsewhere().rollback(first.token);
    await client.commit({ 'c/a': {} }, (await second).token);
  });

  test('comes in the end when the one before is silent', async () => {
    const client = new Client(store);
    const first = await client.get(['c/a'], NEW);
    const started = performance.now();
    const second = await client.get(['c/a'], NEW);
    expect(performance.now() - started).toBeGreaterThan(LEASE_MS * 0.9);
    await client.commit({ 'c/a': { n: 2 } }, second.token);
    await expect(client.commit({ 'c/a': { n: 1 } }, first.token)).rejects.toMatchObject({
      code: Code.ABORTED,
    });
  });

  test('is given up by a caller that goes away', async () => {
    const client = new Client(store);
    const first = await client.get(['c/a'], NEW);
    const gone = new AbortController();
    const second = client.get(['c/a'], NEW, gone.signal);
    const third = client.get(['c/a'], NEW);
    gone.abort();
    await expect(second).rejects.toMatchObject({ code: Code.CANCELLED });
    await client.commit({}, first.token);
    await client.commit({}, (await third).token);
  });

  test('does not stop two that wait for each other', async () => {
    const client = new Client(store);
    const documents = ['c/a', 'c/b'] as const;
    const begun = await Promise.all(
      documents.map(async (path) => ({ path, ...(await client.get([path], NEW)) })),
    );
    // The older one goes on.
    const [one, two] = begun.sort((a, b) => Buffer.compare(a.token, b.token)) as [
      (typeof begun)[0],
      (typeof begun)[0],
    ];
    const started = performance.now();
    const second = client.get([one.path], within(two.token));
    await client.get([two.path], within(one.token));
    await client.commit({ 'c/a': {}, 'c/b': {} }, one.token);
    await second;
    expect(performance.now() - started).toBeLessThan(LEASE_MS);
    await expect(client.commit({ 'c/a': {} }, two.token)).rejects.toMatchObject({ code: Code.ABORTED });
  });
});

describe('a commit that is sent again', () => {
  test('gets the same answer and does nothing', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const { token } = await client.get(['c/a'], NEW);
    const first = await client.increment('c/a', token);
    expect(first.writeResults[0]!.transformResults).toEqual([2]);
    await client.commit({ 'c/a': { n: 10 } });
    expect(await client.elsewhere().increment('c/a', token)).toEqual(first);
    expect((await client.get(['c/a'])).fields).toEqual([{ n: 10 }]);
  });

  test('is applied once when both are under way', async () => {
    const client = new Client(store);
    const { token } = await client.get(['c/other'], NEW);
    const answers = await Promise.all([
      client.increment('c/a', token),
      client.increment('c/a', token),
      client.elsewhere().increment('c/a', token),
    ]);
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect((await client.get(['c/a'])).fields).toEqual([{ n: 1 }]);
  });

  test('with other writes is refused', async () => {
    const client = new Client(store);
    const { token } = await client.get(['c/a'], NEW);
    await client.commit({ 'c/a': { n: 1 } }, token);
    await expect(client.commit({ 'c/a': { n: 2 } }, token)).rejects.toMatchObject(EXPIRED);
  });
});

describe('a read-only transaction', () => {
  test('sees the time of its begin, on every replica', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const begun = await client.begin('readOnly');
    const { token } = await client.get(['c/none'], READ_ONLY);
    await client.commit({ 'c/a': { n: 2 } });
    for (const transaction of [begun, token]) {
      expect((await client.elsewhere().get(['c/a'], within(transaction))).fields).toEqual([{ n: 1 }]);
      expect((await client.query('c', within(transaction))).fields).toEqual([{ n: 1 }]);
      await client.commit({}, transaction);
      await expect(client.get(['c/a'], within(transaction))).rejects.toMatchObject(EXPIRED);
    }
  });

  test('cannot write, and goes on after it has tried', async () => {
    const client = new Client(store);
    const token = await client.begin('readOnly');
    await expect(client.commit({ 'c/a': {} }, token)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect((await client.get(['c/a'], within(token))).fields).toEqual([null]);
  });

  test('belongs to its database', async () => {
    const [client, other] = [new Client(store), new Client(store)];
    const token = await client.begin('readOnly');
    await expect(other.get(['c/a'], within(token))).rejects.toMatchObject(EXPIRED);
    await expect(other.commit({}, token)).rejects.toMatchObject(EXPIRED);
    await expect(other.rollback(token)).rejects.toMatchObject(EXPIRED);
    expect((await client.get(['c/a'], within(token))).fields).toEqual([null]);
  });

  test('of a time that nobody has given out is refused', async () => {
    const client = new Client(store);
    const forged = parseToken(await client.begin('readOnly')).bytes;
    forged.writeBigUInt64BE(forged.readBigUInt64BE(8) + 3_600_000_000n, 8);
    await expect(client.get(['c/a'], within(forged))).rejects.toMatchObject(EXPIRED);
  });
});

describe('after a crash of PostgreSQL, which empties its unlogged tables', () => {
  async function crash(): Promise<void> {
    await store.replicas[0]!.database.query(
      'TRUNCATE telestack.transactions, telestack.ended_transactions, telestack.transactions_since, telestack.claims',
    );
  }

  // The first to miss something notes from when on the tables are whole.
  afterEach(() => store.replicas[0]!.database.query('SELECT telestack.was_lost(now())'));

  test('a read-write transaction is aborted, so that clients start it again', async () => {
    const client = new Client(store);
    const { token } = await client.get(['c/a'], NEW);
    await crash();
    const lost = { code: Code.ABORTED };
    await expect(client.get(['c/b'], within(token))).rejects.toMatchObject(lost);
    await expect(client.query('c', within(token))).rejects.toMatchObject(lost);
    await expect(client.commit({ 'c/a': {} }, token)).rejects.toMatchObject(lost);
    const next = await client.get(['c/a'], NEW);
    await client.commit({ 'c/a': {} }, next.token);
    await expect(client.get(['c/a'], within(next.token))).rejects.toMatchObject(EXPIRED);
  });

  test('a commit that was applied and is sent again gets its answer', async () => {
    const client = new Client(store);
    const { token } = await client.get(['c/a'], NEW);
    const first = await client.increment('c/a', token);
    await crash();
    expect(await client.increment('c/a', token)).toEqual(first);
    expect((await client.get(['c/a'])).fields).toEqual([{ n: 1 }]);
  });

  test('a read-only transaction goes on at its time', async () => {
    const client = new Client(store);
    await client.commit({ 'c/a': { n: 1 } });
    const token = await client.begin('readOnly');
    await client.commit({ 'c/a': { n: 2 } });
    await crash();
    expect((await client.get(['c/a'], within(token))).fields).toEqual([{ n: 1 }]);
  });
});
