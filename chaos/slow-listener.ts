import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { CODES, connect, disconnect, freshProject } from './src/clients.ts';
import { readReady } from './src/durability/ready-file.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Delays } from './src/slow/delays.ts';
import { CHANGING, GROWING, Load } from './src/slow/load.ts';
import { MemoryWatch } from './src/slow/memory.ts';
import { SlowStream } from './src/slow/stream.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP =
  'listeners that stop reading are bounded in memory, dropped with UNAVAILABLE, and go on where they were; others notice nothing';

const FLAGS = {
  'ready-file': { default: '', help: "the running platform's ready file: its endpoint and its parts' pids" },
  seconds: { default: '120', help: 'seconds for which listeners do not read; more than CONNECTION_TIMEOUT' },
  around: { default: '40', help: 'seconds of the same load before and after' },
  rate: { default: '200', help: 'writes per second' },
  bytes: { default: '20480', help: 'size of a document' },
  slow: { default: '8', help: 'listeners of each kind that stop reading' },
  buffer: { default: '32', help: "the server's EVENT_BUFFER_SIZE in MiB" },
  part: {
    default: 'realtime-bridge',
    help: 'the part whose memory is judged, where the ready file names it',
  },
  short: {
    default: 'false',
    help: 'the form for the test command: 24 s without reading, memory is not judged',
  },
};

/** A listener that reads again after a while, well within CONNECTION_TIMEOUT. */
const HESITATION_SECONDS = 5;
const END_SECONDS = 30;
/** What may be on its way to a client that does not read: sockets, windows and queues of clients and servers. */
const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
/** How far resident memory may stay above what it was: a garbage collector gives back late. */
const RETURN_MB = 64;

interface Run {
  readonly target: string;
  readonly database: string;
  readonly verdict: Verdict;
  readonly delays: Delays;
}

function open({ target, database }: Run, name: string, collectionId: string, from?: SlowStream): SlowStream {
  const stream = new SlowStream(target, name);
  stream.listen(database, collectionId, from);
  return stream;
}

async function until(holds: () => boolean, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (!holds() && performance.now() < end) await delay(20);
  return holds();
}

/** Reads on and looks at how the stream ends. */
async function readToEnd(stream: SlowStream, verdict: Verdict): Promise<void> {
  const before = stream.receivedBytes;
  stream.readOn();
  const error = await Promise.race([stream.ended, delay(END_SECONDS * 1000)]);
  if (!error) verdict.violation('a listener that did not read was not dropped', stream.name);
  else if (CODES[error.code] !== 'UNAVAILABLE')
    verdict.violation('a listener was dropped with another error', `${stream.name}: ${error.message}`);
  const waited = stream.receivedBytes - before;
  if (waited > IN_FLIGHT_BYTES)
    verdict.violation('too much waited for a listener', `${stream.name}: ${(waited / 1e6).toFixed(1)} MB`);
}

/** Comes back with the resume token; must reach what the collection holds now that nobody writes. */
async function comeBack(run: Run, firestore: Firestore, stream: SlowStream): Promise<void> {
  const collectionId = stream.name.split(' ')[0]!;
  const again = open(run, `${stream.name} again`, collectionId, stream);
  const { docs } = await firestore.collection(collectionId).select('sequence').get();
  const isThere = () =>
    again.snapshots > 0 &&
    again.documents.size === docs.length &&
    docs.every(
      (one) => again.documents.get(`${run.database}/documents/${one.ref.path}`) === one.get('sequence'),
    );
  if (!(await until(isThere, END_SECONDS))) {
    const difference = `${again.documents.size} of ${docs.length} documents, ${again.snapshots} snapshots`;
    run.verdict.violation(
      'a listener did not come back to the newest state',
      `${stream.name}: ${difference}`,
    );
  }
  if (again.isReset) run.verdict.violation('a resume token was of no use', stream.name);
  await again.close();
}

async function run(options: Options): Promise<void> {
  const ready = options.text('ready-file') ? readReady(options.text('ready-file')) : undefined;
  const target = ready?.endpoints.firestore ?? options.target;
  const isShort = options.has('short');
  const [around, seconds] = isShort ? [3, 24] : [options.number('around'), options.number('seconds')];
  const project = freshProject('slow');
  const [writer, reader] = connect(target, project, 2) as [Firestore, Firestore];
  const verdict = new Verdict();
  const failures = new Counts();
  const load = new Load(writer, options.number('bytes'), failures);
  const delays = new Delays(load.startedAt);
  const database = `projects/${project}/databases/(default)`;
  const context: Run = { target, database, verdict, delays };
  const memory = new MemoryWatch(ready?.processes ?? [], 1_000);
  const begin = (phase: string) => {
    memory.begin(phase);
    delays.begin(phase);
  };
  const quick = [CHANGING, GROWING].map((collectionId) => {
    const stream = new SlowStream(target, `${collectionId} quick`, (sequence) => delays.seen(sequence));
    stream.listen(database, collectionId);
    return stream;
  });
  const slow = Math.ceil(options.number('slow') / (isShort ? 4 : 1));
  const stopped: SlowStream[] = [];
  const hesitant = open(context, `${CHANGING} hesitant`, CHANGING);
  try {
    await until(() => quick.every(({ snapshots }) => snapshots > 0), END_SECONDS);
    begin('before');
    const loading = load.run(options.number('rate'));
    await delay(around * 1000);

    for (let n = 0; n < slow; n++) {
      // In the short form only those are dropped in time for which more waits than the buffer holds.
      if (!isShort) stopped.push(open(context, `${CHANGING} ${n}`, CHANGING));
      stopped.push(open(context, `${GROWING} ${n}`, GROWING));
    }
    await until(() => stopped.every(({ snapshots }) => snapshots > 0), END_SECONDS);
    begin('stopped');
    for (const stream of [...stopped, hesitant]) stream.stopReading();
    await delay(HESITATION_SECONDS * 1000);
    hesitant.readOn();
    await delay((seconds - HESITATION_SECONDS) * 1000);
    for (const stream of stopped) {
      if (stream.isEnded) verdict.violation('a stream that is not read ended', stream.name);
    }
    await Promise.all(stopped.map((stream) => readToEnd(stream, verdict)));
    begin('after');
    await delay(around * 1000);
    load.stop();
    await loading;
    begin('end');

    const all = await writer.collection(CHANGING).select('sequence').get();
    const isUpToDate = () =>
      all.docs.every(
        (one) => hesitant.documents.get(`${database}/documents/${one.ref.path}`) === one.get('sequence'),
      );
    if (hesitant.isEnded || !(await until(isUpToDate, END_SECONDS)))
      verdict.violation('a listener that read again in time was not kept', hesitant.name);
    for (const { isEnded, name } of quick) {
      if (isEnded) verdict.violation('another listener ended', name);
    }
    // One of each kind: what they missed is hundreds of megabytes.
    for (const collectionId of [CHANGING, GROWING]) {
      const stream = stopped.find(({ name }) => name.startsWith(collectionId));
      if (stream) await comeBack(context, reader, stream);
    }
  } finally {
    load.stop();
    memory.stop();
    await Promise.all([...quick, ...stopped, hesitant].map((stream) => stream.close()));
    await disconnect(target, project, [writer, reader]);
  }
  judge(options, verdict, { load, failures, delays, memory, quick, stopped, seconds, around, isShort });
}

interface Outcome {
  readonly load: Load;
  readonly failures: Counts;
  readonly delays: Delays;
  readonly memory: MemoryWatch;
  readonly quick: readonly SlowStream[];
  readonly stopped: readonly SlowStream[];
  readonly seconds: number;
  readonly around: number;
  readonly isShort: boolean;
}

function judge(options: Options, verdict: Verdict, outcome: Outcome): void {
  const { load, failures, delays, memory, quick, stopped, seconds, around, isShort } = outcome;
  const streams = `${stopped.length} streams, ${seconds} s without reading`;
  for (const name of [
    'a listener that did not read was not dropped',
    'a listener was dropped with another error',
    'too much waited for a listener',
    'a resume token was of no use',
    'a listener did not come back to the newest state',
  ])
    verdict.none(name, streams);
  verdict.none('another listener ended', `${quick.length} listeners`);
  verdict.none('a listener that read again in time was not kept', `after ${HESITATION_SECONDS} s`);
  verdict.check(
    'every write succeeded',
    failures.total() === 0,
    `${load.written} writes, failed: ${failures}`,
  );
  verdict.check(
    'the others were sent every write',
    delays.missing === 0,
    `${delays.count} seen, ${delays.missing} missing`,
  );
  const [before, during] = [delays.quantile('before', 0.99), delays.quantile('stopped', 0.99)];
  const isEven = during < Math.max(2 * before, before + 250);
  verdict.check('the others were not delayed', isShort || isEven, delays.describe());
  const part = options.text('part');
  const [base, most, after] = [
    memory.settled(part, 'before'),
    memory.most(part, 'stopped'),
    memory.settled(part, 'after'),
  ];
  if (base !== undefined && most !== undefined && after !== undefined && !isShort) {
    const detail = `MB of ${part}: ${base.toFixed(0)} before, at most ${most.toFixed(0)}, ${after.toFixed(0)} after`;
    verdict.check('memory is bounded', most - base < 2 * options.number('buffer') + RETURN_MB, detail);
    verdict.check('memory returns', after - base < RETURN_MB, detail);
  }
  verdict.finish('slow listener', [
    `${(load.written / (seconds + 2 * around)).toFixed(0)} writes/s of ${options.number('bytes')} bytes, seed ${options.seed}`,
    `memory in MB: ${memory.describe()}`,
  ]);
}

await main({
  name: 'slow-listener',
  help: HELP,
  flags: FLAGS,
  limit: (options) => options.number('seconds') + 2 * options.number('around') + END_SECONDS * 40 + 120,
  run,
});
