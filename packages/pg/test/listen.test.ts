import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createDatabase, eventually } from '@telestack/testkit';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../src/index.ts';

/** A TCP proxy before a unix socket that can forget its connections without a word, as balancers do. */
async function forgetfulProxy(path: string) {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    const pair = [client, connect(path)] as const;
    pairs.add(pair);
    for (const socket of pair) socket.on('error', () => {});
    pair[0].pipe(pair[1]).pipe(pair[0]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    forget() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
  };
}

test('a connection that is forgotten on the way is made again, and what was missed shows as a gap', async () => {
  await using database = await createDatabase();
  const { host, port, user } = new pg.Client({ connectionString: database.url });
  const proxy = await forgetfulProxy(`${host}/.s.PGSQL.${port}`);
  const heard: string[] = [];
  let gaps = 0;
  const listening = listen({
    connectionString: `postgres://${user}@127.0.0.1:${proxy.port}/${database.name}`,
    channel: 'news',
    applicationName: 'listen-test',
    pingMs: 100,
    onNotify: (payload) => heard.push(payload),
    onGap: () => gaps++,
  });
  try {
    await eventually(() => listening.isConnected);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    onTestFinished(() => client.end().catch(() => {}));
    client.on('error', () => {});
    await client.query(`NOTIFY news, 'first'`);
    await eventually(() => heard.length === 1);
    proxy.forget();
    await client.query(`NOTIFY news, 'lost'`);
    await eventually(() => gaps === 2);
    await client.query(`NOTIFY news, 'second'`);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['first', 'second']);
    await client.end();
  } finally {
    await listening.close();
  }
});
