import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, ensureSlot } from '@telestack/pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, eventually, expectNoLeaks, startPostgres, uniqueStream } from '../src/index.ts';

describe('eventually', () => {
  test('resolves to the first result that is not false', async () => {
    let calls = 0;
    expect(await eventually(() => ++calls === 3 && 'there')).toBe('there');
  });

  test('throws what was thrown last, in time', async () => {
    let calls = 0;
    const failing = eventually(() => {
      throw new Error(`call ${++calls}`);
    }, 30);
    await expect(failing).rejects.toThrow(/^call \d+$/);
    expect(calls).toBeGreaterThan(1);
  });

  test('does not wait on errors that time will not heal', async () => {
    let calls = 0;
    const failing = eventually(
      () => {
        calls++;
        throw new Error('no');
      },
      5_000,
      () => false,
    );
    await expect(failing).rejects.toThrow('no');
    expect(calls).toBe(1);
  });
});

describe('leaks', () => {
  test('a server that stays open fails', async () => {
    const server = createServer();
    const leaking = expectNoLeaks(async () => {
      await new Promise<void>((resolve) => server.listen(0, resolve));
    }, 50);
    await expect(leaking).rejects.toThrow('Left behind: TCPServerWrap');
    await new Promise((resolve) => server.close(resolve));
  });

  test('what is closed passes', async () => {
    await expectNoLeaks(async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, resolve));
      await new Promise((resolve) => server.close(resolve));
    });
  });
});

describe('databases', () => {
  const query = async (url: string, text: string) => {
    const db = new Database({ connectionString: url, applicationName: 'testkit-test', max: 1 });
    return (await db.query(text).finally(() => db.close())).rows;
  };

  test('copies of one template are independent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telestack-testkit-'));
    await writeFile(join(folder, '0001-first.sql'), 'CREATE TABLE t (n int);');
    const [a, b] = await Promise.all([
      createDatabase({ migrations: folder }),
      createDatabase({ migrations: folder }),
    ]);
    await query(a.url, 'INSERT INTO t VALUES (1)');
    expect(await query(a.url, 'SELECT n FROM t')).toEqual([{ n: 1 }]);
    expect(await query(b.url, 'SELECT n FROM t')).toEqual([]);
    await Promise.all([a.drop(), b.drop()]);
    await rm(folder, { recursive: true });
  });

  test('a database goes with its slots and connections', async () => {
    const database = await createDatabase();
    const db = new Database({ connectionString: database.url, applicationName: 'testkit-test', max: 1 });
    await ensureSlot(db, `slot_of_${database.name}`);
    await database.drop();
    const admin = await startPostgres();
    const names = `SELECT datname FROM pg_database WHERE datname = '${database.name}'`;
    expect(await query(admin, names)).toEqual([]);
    await db.close();
  });
});

test('streams have names of their own', () => {
  expect(uniqueStream().name).not.toBe(uniqueStream().name);
  expect(uniqueStream('changes').subject).toMatch(/^changes\.[0-9a-f]+$/);
});
