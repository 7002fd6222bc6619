import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { connectBus, INBOX_PREFIX } from '@telestack/bus';
import { type KubeObject, resources } from '@telestack/controller';
import { createNamespace } from '@telestack/kubekit';
import { findNatsServer, freePort } from '@telestack/launch';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projects } from '../src/index.ts';
import { NatsAccounts } from '../src/nats/accounts.ts';
import { CONFIG_SECRET, ensureNatsKeys } from '../src/nats/keys.ts';
import { annotations } from '../src/resources/names.ts';
import { playground, ready, SMALL, testCluster } from './support/cluster.ts';

const cluster = await testCluster();

type SecretObject = KubeObject & { data: Record<string, string> };
const text = (secret: SecretObject, key: string) =>
  Buffer.from(secret.data[key] ?? '', 'base64').toString('utf8');

describe.skipIf(cluster === undefined)('accounts of NATS', () => {
  const { client } = cluster!;
  const folder = mkdtempSync(join(tmpdir(), 'telestack-nats-'));
  let installation = '';
  let servers = '';
  let start = (): void => {};
  let end = async (): Promise<void> => {};

  beforeAll(async () => {
    installation = (await createNamespace(client, 'nats')).name;
    await ensureNatsKeys(client, installation);
    const config = await client.get<SecretObject>(resources.secret, installation, CONFIG_SECRET);
    const resolver = text(config, 'resolver.conf');
    expect(resolver).not.toMatch(/\bS[OAU][A-Z2-7]{50}/);
    const port = await freePort();
    servers = `nats://127.0.0.1:${port}`;
    const file = join(folder, 'nats.conf');
    writeFileSync(
      file,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/js" }\n${resolver.replace('/data/accounts', `${folder}/accounts`)}`,
    );
    const program = await findNatsServer(() => {});
    start = () => {
      const server = spawn(program, ['-c', file], { stdio: 'ignore' });
      end = async () => {
        server.kill('SIGKILL');
        await once(server, 'exit');
      };
    };
    start();
  });
  afterAll(async () => {
    await end();
    rmSync(folder, { recursive: true });
    client.close();
  });

  const options = () => ({ client, namespace: installation, servers, log: () => {} });

  test('each project has its own, in which streams work and which no other project sees', async () => {
    await using place = await playground(cluster!, { bus: () => new NatsAccounts(options()) });
    const connections = [];
    for (const name of ['one', 'two']) {
      await place.create(name, SMALL);
      await ready(place, name);
      const secret = await place.get<SecretObject>(resources.secret, `${name}-nats-credentials`);
      const authenticator = credsAuthenticator(new TextEncoder().encode(text(secret, 'creds')));
      connections.push({ name, secret, nc: await connect({ servers, authenticator }) });
    }
    const [one, two] = connections as [(typeof connections)[0], (typeof connections)[0]];
    const heard: string[] = [];
    const spy = two.nc.subscribe('>', { callback: (_error, message) => void heard.push(message.subject) });
    await two.nc.flush();
    const bus = await connectBus({ servers, credentials: text(one.secret, 'creds'), name: 'test' });
    await bus.close();
    await one.nc.request(
      '$JS.API.STREAM.CREATE.changes',
      JSON.stringify({ name: 'changes', subjects: ['changes.>'] }),
    );
    await one.nc.request('changes.a', 'secret');
    const streams = (nc: typeof one.nc) =>
      nc.request('$JS.API.STREAM.NAMES', '{}').then((it) => it.json<{ streams: string[] | null }>().streams);
    expect(await streams(one.nc)).toEqual(['changes']);
    expect((await streams(two.nc)) ?? []).toEqual([]);
    await two.nc.flush();
    expect(heard.filter((subject) => subject.startsWith('changes'))).toEqual([]);
    spy.unsubscribe();

    // The object store's user may tell of files, and nothing else.
    const store = await connect({
      servers,
      authenticator: credsAuthenticator(new TextEncoder().encode(text(one.secret, 'minio.creds'))),
    });
    await one.nc.request(
      '$JS.API.STREAM.CREATE.files',
      JSON.stringify({ name: 'files', subjects: ['telestack.s3'] }),
    );
    expect((await store.request('telestack.s3', 'a file')).json()).toMatchObject({ stream: 'files', seq: 1 });
    await expect(store.request('changes.a', 'forged')).rejects.toThrow(/permissions violation/i);
    await expect(store.request('$JS.API.STREAM.NAMES', '{}')).rejects.toThrow(/permissions violation/i);
    const told: string[] = [];
    store.subscribe('_INBOX.>', { callback: (_error, message) => void told.push(message.subject) });
    await store.flush();
    one.nc.publish(`${INBOX_PREFIX}.anything`, 'a change');
    one.nc.publish('_INBOX.other', 'an answer');
    await one.nc.flush();
    await eventually(() => expect(told).toEqual(['_INBOX.other']));
    await store.close();

    await place.patch('one', { metadata: { annotations: { [annotations.rotate]: '1' } } });
    const fresh = await eventually(async () => {
      const secret = await place.get<SecretObject>(resources.secret, 'one-nats-credentials');
      expect(text(secret, 'creds')).not.toBe(text(one.secret, 'creds'));
      return secret;
    });
    const again = await eventually(() =>
      connect({ servers, authenticator: credsAuthenticator(new TextEncoder().encode(text(fresh, 'creds'))) }),
    );
    expect(await streams(again)).toEqual(['changes', 'files']);
    await eventually(async () => {
      const old = credsAuthenticator(new TextEncoder().encode(text(one.secret, 'creds')));
      await expect(connect({ servers, authenticator: old, reconnect: false })).rejects.toThrow();
    });
    await Promise.all([one.nc.close(), two.nc.close(), again.close()]);
  });

  test('a Secret of an operator that knew fewer users gets those that are missing', async () => {
    await using place = await playground(cluster!, { bus: () => new NatsAccounts(options()) });
    await place.create('demo', SMALL);
    await ready(place, 'demo');
    const name = 'demo-nats-credentials';
    const before = await place.get<SecretObject>(resources.secret, name);
    await place.client.merge(resources.secret, place.namespace, name, { data: { 'minio.creds': null } });
    await eventually(async () => {
      const now = await place.get<SecretObject>(resources.secret, name);
      expect(text(now, 'minio.creds')).toMatch(/BEGIN NATS USER JWT/);
      expect(now.data).toMatchObject({ creds: before.data.creds, accountSeed: before.data.accountSeed });
    });
  });

  test('with its data, a project loses its account and streams', async () => {
    await using place = await playground(cluster!, { bus: () => new NatsAccounts(options()) });
    await place.create('demo', { ...SMALL, deletionPolicy: 'Delete' });
    await ready(place, 'demo');
    const secret = await place.get<SecretObject>(resources.secret, 'demo-nats-credentials');
    const connectAsProject = () =>
      connect({
        servers,
        authenticator: credsAuthenticator(new TextEncoder().encode(text(secret, 'creds'))),
        reconnect: false,
      });
    const nc = await connectAsProject();
    await nc.request('$JS.API.STREAM.CREATE.ending', JSON.stringify({ name: 'ending', subjects: ['c.>'] }));
    const folders = () =>
      readdirSync(folder, { recursive: true }).filter((it) => String(it).endsWith('ending'));
    expect(folders().length).toBe(1);
    await place.client.delete(projects, place.namespace, 'demo');
    await eventually(() => expect(place.project('demo')).rejects.toThrow('not found'), 15_000);
    await expect(connectAsProject()).rejects.toThrow();
    // The server removes it in its own time.
    await eventually(() => expect(folders()).toEqual([]));
    await nc.close();
  });

  test('a server that has lost its volume is told all accounts again', async () => {
    await using place = await playground(cluster!, { bus: () => new NatsAccounts(options()) });
    await place.create('demo', SMALL);
    await ready(place, 'demo');
    await end();
    rmSync(join(folder, 'accounts'), { recursive: true });
    start();
    const secret = await place.get<SecretObject>(resources.secret, 'demo-nats-credentials');
    await eventually(async () => {
      const authenticator = credsAuthenticator(new TextEncoder().encode(text(secret, 'creds')));
      await (await connect({ servers, authenticator, reconnect: false })).close();
    }, 15_000);
  });

  test('NATS that cannot be reached is named, and found when it is there', async () => {
    const port = await freePort();
    let bus: NatsAccounts | undefined;
    await using place = await playground(cluster!, {
      bus: () => {
        bus = new NatsAccounts({ ...options(), servers: `nats://127.0.0.1:${port}` });
        return bus;
      },
    });
    await place.create('demo', SMALL);
    await eventually(async () => {
      const project = await place.project('demo');
      expect(project.status?.message).toMatch(
        /the installation's NATS gave no account: NATS at nats:\/\/127.0.0.1:\d+ cannot be reached/,
      );
    });
    const proxy = createServer((socket) => {
      const server = createConnection({ host: '127.0.0.1', port: Number(new URL(servers).port) });
      for (const it of [socket, server]) it.on('error', () => {});
      socket.pipe(server).pipe(socket);
    });
    proxy.listen(port, '127.0.0.1');
    await ready(place, 'demo');
    await bus?.close();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
