import type { Firestore } from '@google-cloud/firestore';
import { benchmark } from './src/harness.ts';
import { ListenStream, rawClient } from './src/listen-stream.ts';
import { type Budget, cpuShare, pacedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';
import { openAll, PendingEvents } from './src/pending.ts';
import { type Sample, summarize } from './src/sample.ts';
import { projectOf } from './src/worker.ts';

const SETTLE_SECONDS = 15;
/** A server may cap the concurrent streams of a connection: spread them. */
const STREAMS_PER_CONNECTION = 50;

interface State {
  firestore: Firestore;
  host: string;
}

const PROGRAM = { name: 'idle-targets' };

async function measure(
  state: State,
  budget: Budget,
  idle: number,
  perStream: number,
  rate: number,
): Promise<Sample> {
  const database = `projects/${projectOf(PROGRAM)}/databases/(default)`;
  const collectionId = `run${Date.now()}`;
  const events = new PendingEvents();
  const count = Math.ceil(idle / perStream);
  const clients = Array.from({ length: Math.ceil(count / STREAMS_PER_CONNECTION) + 1 }, () =>
    rawClient(state.host),
  );
  const opening = performance.now();
  const active = new ListenStream(clients[0]!, database, (sequence) => events.delivered('active', sequence));
  const streams = [active];
  const samples = async () => {
    await active.add(collectionId, ['active']);
    await openAll(count, 10, async (n) => {
      const client = clients[1 + Math.floor(n / STREAMS_PER_CONNECTION)]!;
      const stream = new ListenStream(client, database, () => events.failed('an idle target got a document'));
      streams.push(stream);
      const keys = Array.from(
        { length: Math.min(perStream, idle - n * perStream) },
        (_, k) => `idle${n}-${k}`,
      );
      await stream.add(collectionId, keys);
    });
    const open = (performance.now() - opening) / 1000;
    const write = (index: number) => {
      events.sent('active', index);
      state.firestore
        .collection(collectionId)
        .doc(`d${index % 200}`)
        .set({ key: 'active', sequence: index })
        .catch((error: unknown) => events.failed(error));
    };
    const warmupWrites = Math.floor(budget.warmup * rate);
    await pacedLoop({ seconds: budget.warmup, rate, operation: write });
    await events.settle(SETTLE_SECONDS);
    events.recorder.latencies.length = 0;
    const cpu = process.cpuUsage();
    const start = performance.now();
    await pacedLoop({ seconds: budget.seconds, rate, operation: (index) => write(warmupWrites + index) });
    await events.settle(SETTLE_SECONDS);
    const elapsed = (performance.now() - start) / 1000;
    for (const stream of streams) if (stream.failure) events.failed(stream.failure);
    return { ...summarize(events.recorder, elapsed, cpuShare(cpu, elapsed)), extra: { open } };
  };
  try {
    return await samples();
  } finally {
    for (const stream of streams) stream.close();
    await Promise.all(clients.map((client) => client.close()));
  }
}

await benchmark<State>({
  ...PROGRAM,
  help: 'time from a write to its one listener while many other targets are idle',
  flags: {
    targets: { default: '100,1000,10000', help: 'idle targets, each with an equality filter of its own' },
    'per-stream': { default: '100', help: 'targets on one Listen stream' },
    rate: { default: '100', help: 'writes per second to the one that changes' },
  },
  columns: { open: 'opened in s' },
  prepare: async ({ firestore, host }) => ({ firestore, host }),
  cases: (options) =>
    numberList(options.flags.targets ?? '').map((idle) => ({
      name: `${idle.toLocaleString('en-US')} idle targets, ${options.flags.rate} writes/s`,
      run: (state, budget) =>
        measure(state, budget, idle, Number(options.flags['per-stream']), Number(options.flags.rate)),
    })),
});
