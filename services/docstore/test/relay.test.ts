import { randomBytes } from 'node:crypto';
import { dropSlot, ensureSlot, startReplication } from '@telestack/pg';
import { ChangeBatch } from '@telestack/protos/telestack/changes/v1/changes.ts';
import { eventually } from '@telestack/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Relay } from '../src/relay/relay.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
let slot: string;
const running: Relay[] = [];
/** What the change stream has, across relays. */
let stored: ChangeBatch[];
let logged: string[];

beforeAll(async () => {
  store = await openStore();
});

beforeEach(() => {
  slot = `relay_${randomBytes(6).toString('hex')}`;
  stored = [];
  logged = [];
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.close()));
  await dropSlot(store.database, slot);
});

afterAll(() => store[Symbol.asyncDispose]());

function startRelay(maxTransactionBytes?: number): Relay {
  const relay = new Relay({
    database: store.database,
    publisher: {
      publish: async (message) => stored.push(ChangeBatch.decode(message)),
      lastTime: async () => (stored.length === 0 ? undefined : Number(stored.at(-1)!.time)),
    },
    open: async (onMessage) => {
      await ensureSlot(store.database, slot);
      return startReplication({
        connectionString: store.test.url,
        slot,
        publication: 'telestack',
        messages: true,
        onMessage: (_lsn, message) => onMessage(message),
      });
    },
    heartbeatInterval: 60_000,
    ...(maxTransactionBytes === undefined ? {} : { maxTransactionBytes }),
    log: (message) => logged.push(message),
  });
  running.push(relay);
  relay.start();
  return relay;
}

/** Writes a document that was not there before. @returns the commit time, microseconds */
async function write(path: string): Promise<bigint> {
  const { commitTime } = await store.committer.commit({
    database: 'p/d',
    operations: [
      {
        kind: 'set',
        name: key(`${path}-${slot}`),
        fields: {},
        mask: [],
        transforms: [],
        expectation: undefined,
      },
    ],
  });
  return BigInt(commitTime);
}

const storedTimes = () => stored.map(({ time }) => time);

test('each batch names its predecessor, also the first after a restart', async () => {
  const first = startRelay();
  await eventually(() => first.isLeading);
  const a = await write('users/a');
  const b = await write('users/b');
  await eventually(() => stored.length === 2);
  await first.close();
  const c = await write('users/c');
  startRelay();
  await eventually(() => stored.length === 3);
  expect(storedTimes()).toEqual([a, b, c]);
  expect(stored[1]!.previousTime).toBe(a);
  expect(stored[2]!.previousTime).toBe(b);
  expect(logged).toEqual([]);
});

test('a slot that was made anew does not hide what was committed without it', async () => {
  const first = startRelay();
  await eventually(() => first.isLeading);
  const a = await write('users/a');
  await eventually(() => stored.length === 1);
  await first.close();
  await dropSlot(store.database, slot);
  const missed = await write('users/missed');
  const second = startRelay();
  await eventually(() => second.isLeading);
  const b = await write('users/b');
  await eventually(() => stored.length === 2);
  expect(storedTimes()).toEqual([a, b]);
  // Nobody has seen it, not even who has seen all that was stored.
  expect(stored[1]!.previousTime).toBeGreaterThanOrEqual(missed);
  expect(logged).toEqual([expect.stringContaining('listeners read again')]);
});

test('of a transaction that is too large only the time is told, and all read again', async () => {
  const relay = startRelay(100_000);
  await eventually(() => relay.isLeading);
  const a = await write('users/a');
  await store.database.query(
    `INSERT INTO telestack.documents (database, collection_id, document_id, data)
       SELECT 'p/d', 'many', n::text, jsonb_build_object('text', repeat('x', 1000)) FROM generate_series(1, 300) AS n`,
  );
  const b = await write('users/b');
  await eventually(() => stored.length === 3);
  expect(stored[0]!.time).toBe(a);
  expect(stored[1]).toMatchObject({ commits: [], previousTime: stored[1]!.time });
  expect(stored[2]).toMatchObject({ time: b, previousTime: stored[1]!.time });
  expect(stored[2]!.commits).toHaveLength(1);
});

test('a transaction that sets the rules of several projects tells all of them', async () => {
  const relay = startRelay();
  await eventually(() => relay.isLeading);
  await store.database.transaction(async (tx) => {
    await tx.query(`SELECT telestack.advance(clock_timestamp() + interval '1 ms')`);
    for (const project of ['one', 'two'])
      await tx.query(`SELECT pg_logical_emit_message(true, 'telestack', $1)`, [
        JSON.stringify({ released: [project] }),
      ]);
  });
  await eventually(() => stored.length === 1);
  expect(stored[0]!.releasedProjects).toEqual(['one', 'two']);
});
