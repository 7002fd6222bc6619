import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@telestack/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MinioServer, startMinio } from '../src/index.ts';
import { minioEnvironment } from '../src/minio/settings.ts';
import { isAlive } from '../src/processes.ts';

let folder: string;
const running: MinioServer[] = [];
const log = () => {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-minio-'));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<MinioServer> {
  const server = await startMinio({ folder, log });
  running.push(server);
  await server.ready;
  return server;
}

/** 403 is an answer: the request carries no key. */
const answers = async ({ endpoint }: MinioServer) => (await fetch(endpoint)).status === 403;

test('it serves, wants its key, and is the same one after a restart', async () => {
  const first = await start();
  expect(await answers(first)).toBe(true);
  expect(existsSync(join(folder, 'data'))).toBe(true);
  await first.stop();
  expect(isAlive(first.pid ?? 0)).toBe(false);
  const second = await start();
  expect([second.endpoint, second.secretKey]).toEqual([first.endpoint, first.secretKey]);
});

test('it is started again when it dies', async () => {
  const server = await start();
  const { pid } = server;
  process.kill(pid!, 'SIGKILL');
  await eventually(() => server.restarts === 1 && answers(server), 20_000);
  expect(server.pid).not.toBe(pid);
});

test('where notifications go, with the credentials of the URL', () => {
  const settings = { user: 'u', password: 'p', queueFolder: '/q' };
  const environment = (natsUrl: string) =>
    minioEnvironment({ ...settings, notifications: { natsUrl, subject: 's' } });
  expect(environment('nats://me:s%2Fecret@host:4222')).toMatchObject({
    MINIO_NOTIFY_NATS_ADDRESS_TELESTACK: 'host:4222',
    MINIO_NOTIFY_NATS_USERNAME_TELESTACK: 'me',
    MINIO_NOTIFY_NATS_PASSWORD_TELESTACK: 's/ecret',
    MINIO_NOTIFY_NATS_JETSTREAM_TELESTACK: 'on',
  });
  expect(environment('tls://token@host:4222')).toMatchObject({
    MINIO_NOTIFY_NATS_TOKEN_TELESTACK: 'token',
    MINIO_NOTIFY_NATS_TLS_TELESTACK: 'on',
  });
  expect(Object.keys(minioEnvironment({ ...settings, notifications: undefined }))).not.toContain(
    'MINIO_NOTIFY_NATS_ENABLE_TELESTACK',
  );
});
