import { randomBytes } from 'node:crypto';
import { createDatabase, eventually, expectNoLeaks, type TestDatabase } from '@telestack/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  Database,
  dropSlot,
  ensureSlot,
  type Lsn,
  type PgOutputMessage,
  SlotInUseError,
  SlotLostError,
  slotStatus,
  startReplication,
  UNCHANGED,
} from '../src/index.ts';

let server: TestDatabase;
let db: Database;
let slot: string;

beforeAll(async () => {
  server = await createDatabase();
  db = new Database({ connectionString: server.url, applicationName: 'replication-test', max: 4 });
  await db.query(
    `CREATE TABLE items (id int PRIMARY KEY, body text);
     ALTER TABLE items ALTER COLUMN body SET STORAGE EXTERNAL;
     CREATE PUBLICATION "every'thing" FOR TABLE items`,
  );
});

beforeEach(() => {
  slot = `slot_${randomBytes(6).toString('hex')}`;
});

afterAll(async () => {
  await db.close();
  await server.drop();
});

interface Recorder {
  messages: PgOutputMessage[];
  /** Bodies of the inserts into items, by commit. */
  commits: { endLsn: Lsn; ids: string[] }[];
  onMessage: (lsn: Lsn, message: PgOutputMessage) => void;
}

function recorder(): Recorder {
  const result: Recorder = {
    messages: [],
    commits: [],
    onMessage: (_lsn, message) => {
      result.messages.push(message);
      if (message.tag === 'insert') ids.push(String(message.new[0]));
      if (message.tag === 'commit') {
        result.commits.push({ endLsn: message.endLsn, ids });
        ids = [];
      }
    },
  };
  let ids: string[] = [];
  return result;
}

const open = (onMessage: (lsn: Lsn, message: PgOutputMessage) => void | Promise<void>, extra = {}) =>
  startReplication({
    connectionString: server.url,
    slot,
    publication: "every'thing",
    messages: true,
    onMessage,
    ...extra,
  });

let nextId = 1;
async function insert(count = 1, size = 10): Promise<string[]> {
  const ids = Array.from({ length: count }, () => nextId++);
  await db.query(`INSERT INTO items SELECT id, repeat('x', $2) FROM unnest($1::int[]) AS id`, [ids, size]);
  return ids.map(String);
}

test('a transaction arrives as it was committed, with its message', async () => {
  await ensureSlot(db, slot);
  const { messages, onMessage } = recorder();
  const stream = await open(onMessage);
  const id = nextId++;
  await db.transaction(async (tx) => {
    await tx.query(`SELECT pg_logical_emit_message(true, 'telestack', $1::bytea)`, [Buffer.from('who')]);
    await tx.query(`INSERT INTO items VALUES ($1, repeat('y', 5000))`, [id]);
    await tx.query('UPDATE items SET id = $1 WHERE id = $2', [-id, id]);
    await tx.query('DELETE FROM items WHERE id = $1', [-id]);
  });
  await eventually(() => messages.at(-1)?.tag === 'commit');
  expect(messages.map(({ tag }) => tag)).toEqual([
    'begin',
    'message',
    'relation',
    'insert',
    'update',
    'delete',
    'commit',
  ]);
  expect(messages[1]).toMatchObject({ prefix: 'telestack', content: new TextEncoder().encode('who') });
  expect(messages[4]).toMatchObject({ key: [String(id), null], new: [String(-id), UNCHANGED] });
  await stream.close();
  await stream.done;
});

test('what was confirmed is not sent again; what was not, is', async () => {
  await ensureSlot(db, slot);
  const first = recorder();
  let stream = await open(first.onMessage);
  const a = await insert();
  const b = await insert();
  await eventually(() => first.commits.length === 2);
  stream.confirm(first.commits[0]!.endLsn);
  await stream.close();

  const second = recorder();
  stream = await open(second.onMessage);
  const c = await insert();
  await eventually(() => second.commits.length === 2);
  expect(first.commits.map(({ ids }) => ids)).toEqual([a, b]);
  expect(second.commits.map(({ ids }) => ids)).toEqual([b, c]);
  await stream.close();
});

test('a killed reader loses nothing', async () => {
  await ensureSlot(db, slot);
  const first = recorder();
  const stream = await open(first.onMessage, { applicationName: slot });
  const a = await insert();
  await eventually(() => first.commits.length === 1);
  await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    slot,
  ]);
  await expect(stream.done).rejects.toThrow();
  const b = await insert();

  const second = recorder();
  const next = await open(second.onMessage);
  await eventually(() => second.commits.length === 2);
  expect(second.commits.map(({ ids }) => ids)).toEqual([a, b]);
  await next.close();
});

test('a slot has one reader, and the next one may read when it closes', async () => {
  await ensureSlot(db, slot);
  const leader = await open(() => {});
  await expect(open(() => {})).rejects.toBeInstanceOf(SlotInUseError);
  await expect(dropSlot(db, slot)).rejects.toBeInstanceOf(SlotInUseError);
  expect((await slotStatus(db, slot))?.activePid).toBeTypeOf('number');
  await leader.close();
  const follower = await open(() => {});
  await follower.close();
});

test('a missing slot is told from other failures', async () => {
  await expect(open(() => {})).rejects.toBeInstanceOf(SlotLostError);
  expect(await slotStatus(db, slot)).toBeUndefined();
  expect(await ensureSlot(db, slot)).toBe(true);
  expect(await ensureSlot(db, slot)).toBe(false);
  await dropSlot(db, slot);
  await dropSlot(db, slot);
});

test('a slow handler slows the server down, and gets every message once', async () => {
  await ensureSlot(db, slot);
  const { commits, onMessage } = recorder();
  let running = 0;
  let overlapped = false;
  const stream = await open(
    async (lsn, message) => {
      overlapped ||= running > 0;
      running++;
      // Let the socket be read in between.
      if (message.tag === 'insert') await new Promise((resolve) => setImmediate(resolve));
      onMessage(lsn, message);
      running--;
    },
    { statusIntervalMs: 50 },
  );
  // About 24 MB: more than the client's bound and the sockets' buffers hold.
  const ids: string[][] = [];
  for (let i = 0; i < 6; i++) ids.push(await insert(1_000, 4_000));
  await eventually(() => commits.length === 6, 20_000);
  expect(commits.map((commit) => commit.ids)).toEqual(ids);
  expect(overlapped).toBe(false);
  await stream.close();
});

test('a handler that throws ends the stream with its error', async () => {
  await ensureSlot(db, slot);
  const own = new Error('my own');
  for (const handler of [
    () => {
      throw own;
    },
    () => Promise.reject(own),
  ]) {
    const stream = await open(handler);
    await insert();
    await expect(stream.done).rejects.toBe(own);
  }
});

test('log that is not for us is confirmed while nothing is outstanding', async () => {
  await ensureSlot(db, slot);
  const { commits, onMessage } = recorder();
  const stream = await open(onMessage, { statusIntervalMs: 20 });
  await db.query('CREATE TABLE IF NOT EXISTS other (n int)');
  const confirmedLsn = async () => (await slotStatus(db, slot))?.confirmedLsn ?? 0n;
  const before = await confirmedLsn();
  await db.query('INSERT INTO other SELECT generate_series(1, 1000)');
  await eventually(async () => {
    await db.query('INSERT INTO other VALUES (1)');
    return (await confirmedLsn()) > before;
  });
  // Something for us: from here on the position stays until we confirm it.
  await insert();
  await eventually(() => commits.length === 1);
  const { endLsn } = commits[0]!;
  await db.query('INSERT INTO other SELECT generate_series(1, 1000)');
  expect(await confirmedLsn()).toBeLessThan(endLsn);
  stream.confirm(endLsn);
  await eventually(async () => (await confirmedLsn()) >= endLsn);
  await stream.close();
});

test('a temporary slot starts now and goes with its stream', async () => {
  await insert();
  const { commits, onMessage } = recorder();
  const stream = await open(onMessage, { temporary: true });
  const ids = await insert();
  await eventually(() => commits.length === 1);
  expect(commits[0]?.ids).toEqual(ids);
  await stream.close();
  await eventually(async () => (await slotStatus(db, slot)) === undefined);
});

test('closing twice is harmless and leaves nothing behind', async () => {
  await ensureSlot(db, slot);
  await expectNoLeaks(async () => {
    const stream = await open(() => {});
    await Promise.all([stream.close(), stream.close()]);
    await stream.close();
  });
});

test('no server: an error, and nothing left behind', async () => {
  await expectNoLeaks(async () => {
    const nowhere = startReplication({
      connectionString: 'postgres://127.0.0.1:1/none',
      slot,
      publication: 'p',
      onMessage: () => {},
    });
    await expect(nowhere).rejects.toThrow();
  });
});
