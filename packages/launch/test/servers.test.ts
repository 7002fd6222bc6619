import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, ensureSlot, slotStatus } from '@telestack/pg';
import { eventually } from '@telestack/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTempFolder, type PostgresServer, startNats, startPostgres } from '../src/index.ts';
import { isAlive, processesIn } from '../src/processes.ts';
import { kill, runFixture } from './fixtures/run.ts';

let folder: string;
const running: { stop(): Promise<void> }[] = [];
const log = () => {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-launch-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

async function postgres(): Promise<PostgresServer> {
  const server = await startPostgres({ folder: join(folder, 'postgres'), log });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<object[]> {
  const db = new Database({ connectionString: url, applicationName: 'launch-test', max: 1 });
  try {
    return (await db.query(text)).rows;
  } finally {
    await db.close();
  }
}

const startedPid = (server: PostgresServer) => server.pid!;

test('a slot that holds back too much of the log is given up, and made anew for its next reader', async () => {
  const server = await startPostgres({ folder: join(folder, 'postgres'), maxSlotWalMb: 16, log });
  running.push(server);
  const db = new Database({ connectionString: server.url(), applicationName: 'launch-test', max: 1 });
  try {
    await ensureSlot(db, 'reader');
    const before = await slotStatus(db, 'reader');
    await db.query('CREATE TABLE filler (n int)');
    for (let segment = 0; segment < 4; segment++) {
      await db.query(`INSERT INTO filler VALUES (1)`);
      await db.query('SELECT pg_switch_wal()');
    }
    await db.query('CHECKPOINT');
    expect((await slotStatus(db, 'reader'))?.walStatus).toBe('lost');
    expect(await ensureSlot(db, 'reader')).toBe(true);
    const after = await slotStatus(db, 'reader');
    expect(after?.walStatus).toBe('reserved');
    expect(after!.confirmedLsn! > before!.confirmedLsn!).toBe(true);
  } finally {
    await db.close();
  }
});

test('PostgreSQL is set up as the project needs it, over both ways', async () => {
  const server = await postgres();
  const settings = `SELECT current_setting('wal_level') AS wal, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS sync, current_setting('data_checksums') AS checksums,
      current_setting('jit') AS jit, pg_encoding_to_char(encoding) AS encoding, datcollate AS collation
    FROM pg_database WHERE datname = current_database()`;
  for (const url of [server.url(), server.socketUrl()]) {
    expect(await query(url, settings)).toEqual([
      {
        wal: 'logical',
        fsync: 'on',
        sync: 'on',
        checksums: 'on',
        jit: 'off',
        encoding: 'UTF8',
        collation: 'C',
      },
    ]);
  }
  await expect(query(server.url().replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow();
  expect(statSync(join(folder, 'postgres', 'state.json')).mode & 0o077).toBe(0);
  expect(statSync(join(folder, 'postgres', 'socket')).mode & 0o077).toBe(0);
});

test('kill -9 of PostgreSQL heals by itself and loses nothing that was committed', async () => {
  const server = await postgres();
  await query(server.url(), 'CREATE TABLE kept AS SELECT 1 AS n');
  const pid = startedPid(server);
  process.kill(pid, 'SIGKILL');
  await eventually(() => query(server.url(), 'SELECT 1'), 10_000);
  expect(server.pid).not.toBe(pid);
  expect(await query(server.url(), 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('port, password and data last from run to run', async () => {
  const first = await postgres();
  await query(first.url(), 'CREATE TABLE kept AS SELECT 1 AS n');
  await first.stop();
  expect(isAlive(startedPid(first))).toBe(false);
  const second = await postgres();
  expect(second.url()).toBe(first.url());
  expect(await query(second.url(), 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('after kill -9 of everything the next start finds all in order', async () => {
  const { child, line } = await runFixture('serve.ts', folder);
  const before = JSON.parse(line) as { postgres: number; nats: number; url: string };
  await query(before.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  await kill(child);
  for (const pid of [before.postgres, before.nats]) process.kill(pid, 'SIGKILL');
  const server = await postgres();
  expect(await query(server.url(), 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('servers that outlived their process are stopped by the next start', async () => {
  const { child, line } = await runFixture('serve.ts', folder);
  const before = JSON.parse(line) as { postgres: number; nats: number; url: string };
  await query(before.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  await kill(child);
  expect([before.postgres, before.nats].map(isAlive)).toEqual([true, true]);
  const server = await postgres();
  const nats = await startNats({ folder: join(folder, 'nats'), log });
  running.push(nats);
  expect([before.postgres, before.nats].map(isAlive)).toEqual([false, false]);
  expect(server.url()).toBe(before.url);
  expect(await query(server.url(), 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('a pid file whose number belongs to another program does not keep it from starting', async () => {
  const first = await postgres();
  await first.stop();
  const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${join(folder, 'postgres', 'data')}\n1\n${first.port}\n`);
  const second = await postgres();
  expect(await query(second.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('an initdb that was killed half way is made anew', async () => {
  const half = join(folder, 'postgres', 'data.new');
  const first = await postgres();
  await first.stop();
  rmSync(join(folder, 'postgres', 'data'), { recursive: true });
  mkdirSync(half);
  writeFileSync(join(half, 'PG_VERSION'), '18\n');
  const second = await postgres();
  expect(await query(second.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(existsSync(half)).toBe(false);
});

test('PostgreSQL does not run as root', async () => {
  const server = await postgres();
  if (process.platform !== 'linux') return;
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
});

test('nats-server wants its password', async () => {
  const server = await startNats({ folder: join(folder, 'nats'), log });
  running.push(server);
  const answer = await new Promise<string>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (text.startsWith('INFO') && !text.includes('-ERR')) socket.write('CONNECT {}\r\nPING\r\n');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
  expect(answer).toContain('Authorization Violation');
});

test('temporary folders of killed processes are swept, with the servers in them', async () => {
  const prefix = `telestack-sweep-${process.pid}-`;
  const first = await makeTempFolder(prefix, log);
  const { child, line } = await runFixture('serve.ts', first.path);
  const before = JSON.parse(line) as { postgres: number; nats: number };
  await kill(child);
  // As a process that was killed leaves it.
  writeFileSync(join(first.path, 'owner.lock'), JSON.stringify({ pid: child.pid, startTime: '' }));
  const second = await makeTempFolder(prefix, log);
  expect([before.postgres, before.nats].map(isAlive)).toEqual([false, false]);
  expect(processesIn(join(first.path, 'postgres', 'data'))).toEqual([]);
  expect(existsSync(first.path)).toBe(false);
  second.remove();
  expect(existsSync(second.path)).toBe(false);
});
