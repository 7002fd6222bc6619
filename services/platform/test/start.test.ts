import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@telestack/pg';
import {
  FirestoreDefinition,
  Target,
  TargetChange_TargetChangeType,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { createClient, grpcChannel, systemContext } from '@telestack/rpc';
import { eventually, startNats, startPostgres } from '@telestack/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadyInfo } from '../src/index.ts';

const START = join(import.meta.dirname, '../../../scripts/start.ts');
let folder: string;
let readyFile: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-start-'));
  readyFile = join(folder, 'ready.json');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [START, '--port', '0', '--ready-file', readyFile, ...args], {
    env: { ...process.env, DATABASE_URL: '', NATS_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => (output.text += String(data)));
  return { child, output };
}

async function ready(child: ChildProcess, output: { text: string }): Promise<ReadyInfo> {
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(output.text);
    return existsSync(readyFile);
  }, 25_000);
  return JSON.parse(readFileSync(readyFile, 'utf8')) as ReadyInfo;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

test('it starts, says where, and stops at an interrupt without a trace', async () => {
  const { child, output } = start(['--ephemeral']);
  const info = await ready(child, output);
  expect(info.pid).toBe(child.pid);
  expect(statSync(readyFile).mode & 0o077).toBe(0);
  const db = new Database({ connectionString: info.databaseUrl, applicationName: 'start-test', max: 1 });
  expect((await db.query('SELECT current_database() AS name')).rows).toEqual([{ name: 'telestack' }]);
  const { rows } = await db.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
  await db.close();
  expect(await stop(child, 'SIGINT')).toBe(0);
  expect(existsSync(readyFile)).toBe(false);
  expect(existsSync(rows[0]!.folder)).toBe(false);
  expect(output.text).not.toContain('Left behind');
});

test('data last in the data folder, which has one owner', async () => {
  const data = join(folder, 'data');
  const first = start(['--data-dir', data]);
  const before = await ready(first.child, first.output);
  const second = start(['--data-dir', data, '--ready-file', join(folder, 'other.json')]);
  const [code] = (await once(second.child, 'exit')) as [number];
  expect(code).toBe(1);
  expect(second.output.text).toContain(`in use by process ${first.child.pid}`);

  await stop(first.child, 'SIGKILL');
  const third = start(['--data-dir', data]);
  await eventually(() => existsSync(readyFile) && third.output.text.includes('is ready'), 25_000);
  const after = JSON.parse(readFileSync(readyFile, 'utf8')) as ReadyInfo;
  expect([after.databaseUrl, after.natsUrl]).toEqual([before.databaseUrl, before.natsUrl]);
  expect(await stop(third.child, 'SIGTERM')).toBe(0);
});

test('servers that are configured are used, and none are started', async () => {
  const [databaseUrl, natsUrl] = await Promise.all([startPostgres(), startNats()]);
  const { child, output } = start(['--ephemeral'], { DATABASE_URL: databaseUrl, NATS_URL: natsUrl });
  expect(await ready(child, output)).toMatchObject({ databaseUrl, natsUrl });
  expect(await stop(child, 'SIGTERM')).toBe(0);
});

/** What a stream with two targets of ours is told: their ids and those that were refused. */
async function twoTargets(address: string): Promise<{ added: number[]; removed: number[] }> {
  const channel = grpcChannel(address);
  const database = 'projects/p/databases/(default)';
  const addTarget = (targetId: number) => ({
    database,
    labels: {},
    targetChange: {
      $case: 'addTarget' as const,
      addTarget: {
        ...Target.create(),
        targetId,
        targetType: {
          $case: 'documents' as const,
          documents: { documents: [`${database}/documents/c/${targetId}`] },
        },
      },
    },
  });
  const requests = async function* () {
    yield addTarget(1);
    yield addTarget(2);
    await new Promise(() => {});
  };
  const ids = { added: [] as number[], removed: [] as number[] };
  const ended = new AbortController();
  const context = systemContext(ended.signal);
  try {
    for await (const { responseType } of createClient(FirestoreDefinition, channel).listen(
      requests(),
      context,
    )) {
      if (responseType?.$case !== 'targetChange') continue;
      const { targetChangeType, targetIds } = responseType.targetChange;
      if (targetChangeType === TargetChange_TargetChangeType.ADD) ids.added.push(...targetIds);
      if (targetChangeType === TargetChange_TargetChangeType.REMOVE) ids.removed.push(...targetIds);
      if (ids.removed.includes(2)) break;
    }
  } finally {
    ended.abort();
    channel.close();
  }
  return ids;
}

test.each(['compact', 'distributed'])('settings of services reach them: %s', async (topology) => {
  const settings = { MAX_SUBSCRIPTIONS_PER_CLIENT: '1', PUBLIC_URL: 'http://public.example' };
  const { child, output } = start(['--ephemeral', '--topology', topology], settings);
  const { endpoints } = await ready(child, output);
  expect(await twoTargets(endpoints.firestore!)).toMatchObject({ removed: [2] });
});

test('mistakes in the options: exit code 2, before anything is started', async () => {
  const { child, output } = start(['--prot', '1']);
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(2);
  expect(output.text).toContain('--prot is unknown');
});

test('mistakes in the settings of services, too', async () => {
  const { child, output } = start(['--ephemeral'], { EVENT_BUFFER_SIZE: 'big', RETENTION: 'soon' });
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(2);
  expect(output.text).toContain('EVENT_BUFFER_SIZE=big is not a size');
  expect(output.text).toContain('RETENTION=soon is not a duration');
});

test('--help', async () => {
  const { child, output } = start(['--help']);
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  expect(output.text).toContain('--ready-file <string>');
  expect(output.text).toContain('CONNECTION_TIMEOUT');
});
