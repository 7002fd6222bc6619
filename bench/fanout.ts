import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import { benchmark } from './src/harness.ts';
import { type Budget, cpuShare } from './src/load.ts';
import { numberList } from './src/options.ts';
import { openAll } from './src/pending.ts';
import { median, type Recorder, type Sample, summarize } from './src/sample.ts';

const OPEN_TIMEOUT_MS = 120_000;
const ALL_TIMEOUT_MS = 30_000;

/** Called by every listener with the sequence number that it sees. */
type Seen = (sequence: number) => void;

function openListener(document: DocumentReference, seen: Seen) {
  return new Promise<() => void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no first snapshot')), OPEN_TIMEOUT_MS);
    const stop = document.onSnapshot((snapshot) => {
      clearTimeout(timer);
      resolve(stop);
      seen((snapshot.get('sequence') as number | undefined) ?? -1);
    }, reject);
  });
}

async function measure(firestore: Firestore, budget: Budget, listeners: number): Promise<Sample> {
  const document = firestore.doc(`fanout/doc${Date.now()}`);
  let current = -1;
  let arrivals: number[] = [];
  let all = () => {};
  const stops = await openAll(listeners, 100, () =>
    openListener(document, (sequence) => {
      if (sequence !== current) return;
      arrivals.push(performance.now());
      if (arrivals.length === listeners) all();
    }),
  );
  const recorder: Recorder = { latencies: [], errors: 0 };
  const firsts: number[] = [];
  const halves: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let sequence = 0; performance.now() - start < budget.seconds * 1000 || sequence < 4; sequence++) {
    const complete = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not all listeners have it')), ALL_TIMEOUT_MS);
      all = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    arrivals = [];
    current = sequence;
    const sent = performance.now();
    const write = document.set({ sequence, text: 'x'.repeat(200) });
    try {
      await Promise.all([write, complete]);
      if (sequence === 0) continue;
      recorder.latencies.push((arrivals.at(-1) ?? 0) - sent);
      firsts.push((arrivals[0] ?? 0) - sent);
      halves.push((arrivals[arrivals.length >> 1] ?? 0) - sent);
    } catch (error) {
      recorder.errors++;
      recorder.firstError ??= `${error}: ${arrivals.length} of ${listeners}`;
      if (recorder.errors > 3) break;
    }
  }
  const elapsed = (performance.now() - start) / 1000;
  for (const stop of stops) stop();
  const sample = summarize(recorder, elapsed, cpuShare(cpu, elapsed), listeners);
  return { ...sample, extra: { first: median(firsts), half: median(halves) } };
}

await benchmark<Firestore>({
  name: 'fanout',
  help: 'one document, many listeners: time from the write until all have it; the rate is in events',
  flags: { listeners: { default: '1000', help: 'listeners of the one document' } },
  columns: { first: 'first has it', half: 'half have it' },
  prepare: async ({ firestore }) => firestore,
  cases: (options) =>
    numberList(options.flags.listeners ?? '').map((listeners) => ({
      name: `${listeners} listeners`,
      run: (firestore, budget) => measure(firestore, budget, listeners),
    })),
});
