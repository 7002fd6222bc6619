import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type NatsServer, startNats } from '@telestack/launch';
import { eventually, uniqueStream } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bus, type ChangeStream, connectBus } from '../src/index.ts';
import { splitCredentials } from '../src/servers.ts';

// A server of its own: these tests kill it.
let folder: string;
let server: NatsServer;
let publisherBus: Bus;
let consumerBus: Bus;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telestack-recovery-'));
  server = await startNats({ folder, log: () => {} });
  publisherBus = await connectBus({ servers: server.url, name: 'publisher' });
  consumerBus = await connectBus({ servers: server.url, name: 'consumer' });
});

afterAll(async () => {
  await Promise.all([publisherBus.close(), consumerBus.close()]);
  await server.stop();
  await rm(folder, { recursive: true });
});

/**
 * A writer of numbered messages and a reader that keeps a copy, as the bridge does: each message names its predecessor; at a reset
 * or a gap the reader takes the writer's state (the database's part) and goes on from there.
 */
async function startPair() {
  const settings = { ...uniqueStream(), maxAgeMs: 60_000, maxBytes: -1, duplicateWindowMs: 60_000 };
  const outgoing = publisherBus.changeStream(settings);
  await outgoing.ensureStream();
  const incoming: ChangeStream = consumerBus.changeStream(settings);
  const state = { written: 0, acknowledged: 0, seen: 0, resets: [] as string[], gaps: 0, repeats: 0 };
  await incoming.consume({
    start: 'new',
    heartbeatMs: 100,
    onMessage: (data) => {
      const n = Number(new TextDecoder().decode(data));
      if (n <= state.seen) state.repeats++;
      else if (n > state.seen + 1) state.gaps++;
      state.seen = Math.max(state.seen, n);
    },
    onReset: (reason) => {
      state.resets.push(reason);
      state.seen = state.written;
    },
  });
  let running = true;
  const writing = (async () => {
    while (running) {
      const n = ++state.written;
      await outgoing.publish(new TextEncoder().encode(String(n)), { msgId: `${settings.name}-${n}` });
      state.acknowledged = n;
    }
  })();
  return {
    settings,
    state,
    /** Stops writing, and waits until the reader has come to the end. */
    finish: async () => {
      running = false;
      await writing;
      await eventually(() => state.seen === state.acknowledged, 10_000);
    },
  };
}

const progress = async (state: { acknowledged: number; seen: number }, count: number) => {
  const target = state.acknowledged + count;
  await eventually(() => state.acknowledged >= target && state.seen >= target, 20_000);
};

test('kill -9 of the server: everything acknowledged arrives, once and in order', async () => {
  const { state, finish } = await startPair();
  await progress(state, 50);
  for (let round = 0; round < 2; round++) {
    process.kill(server.pid!, 'SIGKILL');
    await progress(state, 50);
  }
  await finish();
  expect(state).toMatchObject({ resets: [], gaps: 0, repeats: 0 });
});

test('the stream deleted under load: the reader is told, and goes on with the new one', async () => {
  const { settings, state, finish } = await startPair();
  const { servers, credentials } = splitCredentials(server.url);
  const nc = await connect({ servers, ...credentials });
  const jsm = await jetstreamManager(nc);
  for (let round = 0; round < 2; round++) {
    await progress(state, 20);
    await jsm.streams.delete(settings.name);
  }
  await progress(state, 20);
  await finish();
  await nc.close();
  expect(state.resets).toEqual(['recreated', 'recreated']);
  expect(state.gaps).toBe(0);
});

test('messages that expire unseen: the reader is told', async () => {
  const { settings, state, finish } = await startPair();
  await progress(state, 10);
  const { servers, credentials } = splitCredentials(server.url);
  const nc = await connect({ servers, ...credentials });
  const jsm = await jetstreamManager(nc);
  // A second reader that asks for what is no more.
  await jsm.streams.purge(settings.name);
  const resets: string[] = [];
  await consumerBus.changeStream(settings).consume({
    start: { sequence: 1 },
    onMessage: () => {},
    onReset: (reason) => void resets.push(reason),
  });
  expect(resets).toEqual(['expired']);
  await finish();
  await nc.close();
});

test('the consumer deleted on the server: the reader makes a new one and misses nothing', async () => {
  const { settings, state, finish } = await startPair();
  const { servers, credentials } = splitCredentials(server.url);
  const nc = await connect({ servers, ...credentials });
  const jsm = await jetstreamManager(nc);
  await progress(state, 20);
  for await (const consumer of jsm.consumers.list(settings.name)) {
    await jsm.consumers.delete(settings.name, consumer.name);
  }
  await progress(state, 20);
  await finish();
  await nc.close();
  expect(state).toMatchObject({ resets: [], gaps: 0, repeats: 0 });
});
