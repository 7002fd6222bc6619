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

function startRelay(): Relay {
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
    log: (message) => logged.push(message),
  });
  running.push(relay);
  relay.start();
  return relay;
}

/** @returns the commit time, microseconds */
async function write(path: string): Promise<bigint> {
  const { commitTime } = await store.committer.commit({
    database: 'p/d',
    operations: [
      { kind: 'set', name: key(path), fields: {}, mask: [], transforms: [], expectation: undefined },
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
  expect(stored[1]!.previousTime).toBe(missed);
  expect(logged).toEqual(['The replication slot has missed commits: listeners read again.']);
});
