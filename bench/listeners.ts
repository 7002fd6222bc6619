import type { Firestore } from '@google-cloud/firestore';
import { benchmark } from './src/harness.ts';
import { type Budget, cpuShare, pacedLoop } from './src/load.ts';
import { numberList } from './src/options.ts';
import { openAll, PendingEvents } from './src/pending.ts';
import { percentile, type Sample, summarize } from './src/sample.ts';

/** Documents that a channel's query can return at least, so that one listener does not mean one hot document. */
const DOCUMENTS = 50;
const OPEN_TIMEOUT_MS = 120_000;
const SETTLE_SECONDS = 15;

/** Opens a listener for one channel; resolves with its unsubscribe once the first snapshot is there. */
function openListener(firestore: Firestore, run: string, channel: string, events: PendingEvents) {
  return new Promise<() => void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no first snapshot')), OPEN_TIMEOUT_MS);
    const stop = firestore
      .collection(run)
      .where('channel', '==', channel)
      .onSnapshot(
        (snapshot) => {
          clearTimeout(timer);
          resolve(stop);
          for (const change of snapshot.docChanges())
            events.delivered(channel, change.doc.get('sequence') as number);
        },
        (error) => {
          clearTimeout(timer);
          events.failed(error);
          reject(error);
        },
      );
  });
}

async function measure(
  firestore: Firestore,
  budget: Budget,
  listeners: number,
  rate: number,
): Promise<Sample> {
  const run = `run${Date.now()}`;
  const events = new PendingEvents();
  const opening = performance.now();
  const stops = await openAll(listeners, 100, (n) => openListener(firestore, run, `c${n}`, events));
  const open = (performance.now() - opening) / 1000;
  const writes: number[] = [];
  let measured = false;
  const write = (index: number) => {
    const channel = `c${index % listeners}`;
    const sent = performance.now();
    if (measured) events.sent(channel, index);
    firestore
      .collection(run)
      .doc(`d${index % Math.max(listeners, DOCUMENTS)}`)
      .set({ channel, sequence: index, text: 'x'.repeat(200) })
      .then(
        () => void (measured && writes.push(performance.now() - sent)),
        (error: unknown) => events.failed(error),
      );
  };
  const warmupWrites = Math.ceil(budget.warmup * rate);
  await pacedLoop({ seconds: budget.warmup, rate, operation: write });
  measured = true;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await pacedLoop({ seconds: budget.seconds, rate, operation: (index) => write(warmupWrites + index) });
  await events.settle(SETTLE_SECONDS);
  const elapsed = (performance.now() - start) / 1000;
  const sample = summarize(events.recorder, elapsed, cpuShare(cpu, elapsed));
  for (const stop of stops) stop();
  const ack = percentile(
    writes.sort((a, b) => a - b),
    0.5,
  );
  return { ...sample, extra: { ack, open } };
}

await benchmark<Firestore>({
  name: 'listeners',
  help: 'time from sending a write to the listener that shows it, at a fixed rate of writes',
  flags: {
    listeners: { default: '1,200,5000', help: 'open query listeners' },
    rate: { default: '200', help: 'writes per second; each matches one listener' },
  },
  columns: { ack: 'write p50', open: 'opened in s' },
  prepare: async ({ firestore }) => firestore,
  cases: (options) =>
    numberList(options.flags.listeners ?? '').map((listeners) => ({
      name: `${listeners} listeners, ${options.flags.rate} writes/s`,
      run: (firestore, budget) => measure(firestore, budget, listeners, Number(options.flags.rate)),
    })),
});
