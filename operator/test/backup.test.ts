import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@telestack/launch';
import { Database } from '@telestack/pg';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { download, upload } from '../src/backup/backups.ts';
import { Bucket } from '../src/backup/bucket.ts';
import { DUMP_SCRIPT, PREPARE_SCRIPT } from '../src/resources/postgresql-scripts.ts';

const folder = mkdtempSync(join(tmpdir(), 'telestack-backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('backups in a bucket', () => {
  const objects = new Map<string, Buffer>();
  let server: Server;
  let bucket: Bucket;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      const key = decodeURIComponent(url.pathname).replace(/^\/backups\/?/, '');
      expect(request.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=me\//);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (request.method === 'PUT' && key !== '') objects.set(key, Buffer.concat(chunks));
      if (request.method === 'DELETE') objects.delete(key);
      const found = objects.get(key);
      if (key === '' && request.method === 'GET') {
        // Pages of three.
        const all = [...objects.keys()]
          .filter((it) => it.startsWith(url.searchParams.get('prefix') ?? ''))
          .sort();
        const from = Number(url.searchParams.get('continuation-token') ?? 0);
        const next =
          from + 3 < all.length ? `<NextContinuationToken>${from + 3}</NextContinuationToken>` : '';
        response.end(
          `<R>${all
            .slice(from, from + 3)
            .map((it) => `<Key>${it}</Key>`)
            .join('')}${next}</R>`,
        );
      } else if (request.method === 'GET' && found === undefined)
        response.writeHead(404).end('<Code>NoSuchKey</Code>');
      else response.end(request.method === 'GET' ? found : '');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    bucket = new Bucket({
      endpoint,
      region: 'r',
      name: 'backups',
      accessKeyId: 'me',
      secretAccessKey: 'secret',
    });
  });
  afterAll(() => server.close());

  test('what was put comes back; the newest are kept; half a backup is none', async () => {
    const from = join(folder, 'from');
    mkdirSync(from);
    for (let day = 1; day <= 5; day++) {
      writeFileSync(join(from, 'dump'), `data of day ${day}`);
      writeFileSync(join(from, 'supertokens.dump'), `users of day ${day}`);
      await upload(bucket, 'ns/demo/', from, 3, new Date(Date.UTC(2026, 0, day)));
    }
    const names = new Set([...objects.keys()].map((key) => key.split('/')[2]));
    expect([...names]).toEqual(['2026-01-03T00-00-00Z', '2026-01-04T00-00-00Z', '2026-01-05T00-00-00Z']);
    objects.set('ns/demo/2026-01-09T00-00-00Z/dump', Buffer.from('half'));
    const to = join(folder, 'to');
    mkdirSync(to);
    expect(await download(bucket, 'ns/demo/', to, 'latest')).toBe('2026-01-05T00-00-00Z');
    expect(readFileSync(join(to, 'dump'), 'utf8')).toBe('data of day 5');
    await download(bucket, 'ns/demo/', to, '2026-01-03T00-00-00Z');
    expect(readFileSync(join(to, 'supertokens.dump'), 'utf8')).toBe('users of day 3');
    await expect(download(bucket, 'ns/demo/', to, '2026-01-01T00-00-00Z')).rejects.toThrow(
      'no complete backup',
    );
    await expect(download(bucket, 'ns/other/', to, 'latest')).rejects.toThrow('no complete backup');
  });
});

const BIN = (() => {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root)
    ? readdirSync(root).filter((it) => existsSync(join(root, it, 'bin/initdb')))
    : [];
  return versions.length === 0 ? undefined : join(root, versions.at(-1)!, 'bin');
})();
const user = (() => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
})();

// The script's programs come with a distribution's PostgreSQL; the scripts also name fixed folders of a pod, /restore and /backup.
describe.skipIf(BIN === undefined || (process.getuid?.() === 0 && user === undefined))(
  'the script that prepares PostgreSQL',
  () => {
    const makeFolder = (name: string) => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      if (user !== undefined) chownSync(path, user.uid, user.gid);
      return path;
    };
    const script = (text: string, places: Record<string, string>) => {
      let adapted = text;
      for (const [from, to] of Object.entries(places)) adapted = adapted.replaceAll(from, to);
      return adapted;
    };
    const sh = (text: string, env: Record<string, string>) =>
      execFileSync('/bin/sh', ['-c', text], {
        env: { PATH: process.env.PATH ?? '', ...env },
        ...user,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });

    async function server(data: string, run: (port: number) => Promise<void>): Promise<void> {
      const port = await freePort();
      const child = spawn(
        join(BIN!, 'postgres'),
        [
          '-D',
          data,
          '-p',
          String(port),
          '-c',
          'listen_addresses=127.0.0.1',
          '-c',
          'unix_socket_directories=',
          '-c',
          'wal_level=logical',
          '-c',
          'fsync=off',
        ],
        { ...user, stdio: 'ignore' },
      );
      try {
        await eventually(
          () => execFileSync(join(BIN!, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]),
          10_000,
        );
        await run(port);
      } finally {
        child.kill('SIGINT');
        if (child.exitCode === null) await once(child, 'exit');
      }
    }
    /** What the Job of a release says. */
    const migrated = (urls: Record<string, string>) =>
      spawnSync(process.execPath, [join(import.meta.dirname, '../../scripts/migrate.ts')], {
        env: { PATH: process.env.PATH ?? '', ...urls },
        encoding: 'utf8',
      }).stderr;
    const query = async (port: number, who: string, password: string, database: string, sql: string) => {
      const db = new Database({
        connectionString: `postgresql://${who}:${password}@127.0.0.1:${port}/${database}`,
        applicationName: 'test',
        max: 1,
      });
      try {
        return (await db.query(sql)).rows;
      } finally {
        await db.close();
      }
    };

    test('makes roles and databases, changes passwords, and restores a dump into a new cluster once', async () => {
      chmodSync(folder, 0o711);
      const [socket, restore, backup] = [makeFolder('socket'), makeFolder('restore'), makeFolder('backup')];
      const places = {
        'SOCKET=/tmp': `SOCKET=${socket}`,
        '/restore/': `${restore}/`,
        '/backup/': `${backup}/`,
      };
      const passwords = {
        SUPERUSER_PASSWORD: 'a1',
        REPLICATION_PASSWORD: 'b1',
        DOCSTORE_PASSWORD: 'c1',
        IDENTITY_PASSWORD: 'e1',
        STORAGE_PASSWORD: 'f1',
        SUPERTOKENS_PASSWORD: 'd1',
      };
      const prepare = script(PREPARE_SCRIPT, places);
      const first = join(makeFolder('one'), 'pgdata');
      const env = { ...passwords, PGDATA: first, PRIMARY_HOST: '127.0.0.1', HOSTNAME: 'demo-postgresql-0' };
      sh(prepare, env);
      // Again, with another password.
      sh(prepare, { ...env, DOCSTORE_PASSWORD: "it's" });
      await server(first, async (port) => {
        await expect(query(port, 'docstore', 'c1', 'telestack', 'SELECT 1')).rejects.toThrow();
        const password = encodeURIComponent("it's");
        await query(port, 'docstore', password, 'telestack', 'CREATE TABLE t AS SELECT 42 AS n');
        expect(
          await query(
            port,
            'docstore',
            password,
            'telestack',
            "SELECT datcollate, current_setting('wal_level') AS wal FROM pg_database WHERE datname = 'telestack'",
          ),
        ).toEqual([{ datcollate: 'C', wal: 'logical' }]);
        const url = (who: string, secret: string) =>
          `postgresql://${who}:${secret}@127.0.0.1:${port}/telestack`;
        const urls = {
          DATABASE_URL: url('docstore', password),
          IDENTITY_DATABASE_URL: url('identity', 'e1'),
          STORAGE_DATABASE_URL: url('storage', 'f1'),
        };
        for (const what of [/identity: 0001-accounts,/, /identity: nothing to do;/])
          expect(migrated(urls)).toMatch(what);
        for (const sql of ['SELECT * FROM t', 'CREATE TABLE storage.mine (n int)'])
          await expect(query(port, 'identity', 'e1', 'telestack', sql)).rejects.toMatchObject({
            cause: { message: expect.stringContaining('permission denied') },
          });
        await expect(
          query(port, 'docstore', password, 'telestack', 'SELECT * FROM identity.accounts'),
        ).rejects.toMatchObject({ cause: { message: expect.stringContaining('permission denied') } });
        const copy = (who: string, secret: string) =>
          spawnSync(
            join(BIN!, 'pg_basebackup'),
            [
              '-h',
              '127.0.0.1',
              '-p',
              String(port),
              '-U',
              who,
              '-c',
              'fast',
              '-D',
              join(makeFolder('copies'), who),
            ],
            { ...user, env: { PGPASSWORD: secret }, encoding: 'utf8' },
          );
        expect(copy('docstore', "it's").stderr).toContain('no pg_hba.conf entry for replication connection');
        expect(copy('replication', 'b1')).toMatchObject({ status: 0 });
        // As it was before the services had roles of their own.
        await query(port, 'postgres', 'a1', 'telestack', 'ALTER TABLE identity.accounts OWNER TO docstore');
        await query(port, 'postgres', 'a1', 'telestack', 'ALTER SCHEMA identity OWNER TO docstore');
        await query(port, 'supertokens', 'd1', 'supertokens', 'CREATE TABLE users AS SELECT 7 AS n');
        await expect(query(port, 'supertokens', 'd1', 'telestack', 'SELECT 1')).rejects.toThrow();
        sh(script(DUMP_SCRIPT, places), { ...env, PGPORT: String(port) });
      });
      for (const file of readdirSync(backup))
        execFileSync('cp', ['-p', join(backup, file), join(restore, file)]);
      const second = join(makeFolder('two'), 'pgdata');
      sh(prepare, { ...env, PGDATA: second });
      sh(prepare, { ...env, PGDATA: second });
      await server(second, async (port) => {
        expect(await query(port, 'docstore', 'c1', 'telestack', 'SELECT n FROM t')).toEqual([{ n: 42 }]);
        await query(port, 'identity', 'e1', 'telestack', 'ALTER TABLE identity.accounts ADD COLUMN more int');
        expect(await query(port, 'supertokens', 'd1', 'supertokens', 'SELECT n FROM users')).toEqual([
          { n: 7 },
        ]);
      });
    });
  },
);
