import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { CODES, connect, disconnect, freshProject } from './src/clients.ts';
import { readReady } from './src/durability/ready-file.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Delays } from './src/slow/delays.ts';
import { CHANGING, Load } from './src/slow/load.ts';
import { MemoryWatch } from './src/slow/memory.ts';
import { SlowStream } from './src/slow/stream.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP =
  'listeners that stop reading are bounded in memory, dropped with UNAVAILABLE, and go on where they were; others notice nothing';

const FLAGS = {
  'ready-file': { default: '', help: "the running platform's ready file: its endpoint and its parts' pids" },
  rounds: { default: '2', help: 'times that listeners stop' },
  seconds: { default: '90', help: 'seconds for which they do not read; more than CONNECTION_TIMEOUT' },
  around: { default: '40', help: 'seconds of the same load before and after' },
  rate: { default: '200', help: 'writes per second' },
  bytes: { default: '20480', help: 'size of a document' },
  slow: { default: '4', help: 'listeners of each of two kinds that stop in a round' },
  buffer: { default: '32', help: "the server's EVENT_BUFFER_SIZE in MiB" },
  part: {
    default: 'realtime-bridge',
    help: 'the part whose memory is judged, where the ready file names it',
  },
  short: {
    default: 'false',
    help: 'the form for the test command: until a buffer is full, memory is not judged',
  },
};

/** A listener that reads again after a while, well within CONNECTION_TIMEOUT. */
const HESITATION_SECONDS = 5;
const END_SECONDS = 30;
/** For hundreds of megabytes, taken in by a client that shares the machine. */
const RETURN_SECONDS = 180;
/** What may be on its way to a client that does not read: sockets, windows and queues of clients and servers. */
const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
/**
 * Resident memory may differ so much between rounds: the collector's state does (28 and 80 were measured). What the streams of a round
 * left behind would be several hundreds.
 */
const RETURN_MB = 128;

interface Run {
  readonly target: string;
  readonly database: string;
  readonly verdict: Verdict;
  readonly load: Load;
  /** All that were opened. */
  readonly streams: SlowStream[];
  begin(phase: string): void;
  /** A listener that reads, and tells when it saw what. */
  quick(collectionId: string): SlowStream;
}

function open(
  run: Run,
  name: string,
  collectionId: string,
  from?: SlowStream,
  onSequence?: (sequence: number) => void,
): SlowStream {
  const stream = new SlowStream(run.target, name, onSequence);
  run.streams.push(stream);
  stream.listen(run.database, collectionId, from);
  return stream;
}

const collectionOf = ({ name }: SlowStream): string => name.split(' ')[0]!;

/** Whether a listener has what its collection holds now that nobody writes. */
async function upToDate(run: Run, firestore: Firestore, stream: SlowStream): Promise<() => boolean> {
  const { docs } = await firestore.collection(collectionOf(stream)).select('sequence').get();
  return () =>
    stream.documents.size === docs.length &&
    docs.every(
      (one) => stream.documents.get(`${run.database}/documents/${one.ref.path}`) === one.get('sequence'),
    );
}

async function until(holds: () => boolean, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (!holds() && performance.now() < end) await delay(20);
  return holds();
}

/** Reads on and looks at how the stream ends. */
async function readToEnd(stream: SlowStream, bufferBytes: number, verdict: Verdict): Promise<void> {
  const before = stream.receivedBytes;
  stream.readOn();
  const error = await Promise.race([stream.ended, delay(END_SECONDS * 1000)]);
  if (!error) verdict.violation('a listener that did not read was not dropped', stream.name);
  else if (CODES[error.code] !== 'UNAVAILABLE')
    verdict.violation('a listener was dropped with another error', `${stream.name}: ${error.message}`);
  const waited = stream.receivedBytes - before;
  // The last snapshot that was sent can be as large as the buffer.
  if (waited > bufferBytes + IN_FLIGHT_BYTES)
    verdict.violation('too much waited for a listener', `${stream.name}: ${(waited / 1e6).toFixed(1)} MB`);
}

/** Comes back with the resume token. */
async function comeBack(run: Run, firestore: Firestore, stream: SlowStream): Promise<void> {
  const again = open(run, `${collectionOf(stream)} again`, collectionOf(stream), stream);
  const isUpToDate = await upToDate(run, firestore, again);
  if (!(await until(() => again.snapshots > 0 && isUpToDate(), RETURN_SECONDS))) {
    const has = `${stream.name}: ${again.documents.size} documents, ${again.snapshots} snapshots`;
    run.verdict.violation('a listener did not come back to the newest state', has);
  }
  if (again.isReset) run.verdict.violation('a resume token was of no use', stream.name);
}

async function run(options: Options): Promise<void> {
  const ready = options.text('ready-file') ? readReady(options.text('ready-file')) : undefined;
  const target = ready?.endpoints.firestore ?? options.target;
  const isShort = options.has('short');
  const around = isShort ? 3 : options.number('around');
  const project = freshProject('slow');
  const [writer, reader] = connect(target, project, 2) as [Firestore, Firestore];
  const verdict = new Verdict();
  const failures = new Counts();
  const load = new Load(writer, options.number('bytes'), failures);
  const delays = new Delays(load.startedAt);
  const database = `projects/${project}/databases/(default)`;
  const memory = new MemoryWatch(ready?.processes ?? [], 1_000);
  const started = performance.now();
  const run: Run = {
    target,
    database,
    verdict,
    load,
    streams: [],
    begin(phase) {
      memory.begin(phase);
      delays.begin(phase);
    },
    quick: (collectionId) =>
      open(run, `${collectionId} quick`, collectionId, undefined, (sequence) => delays.seen(sequence)),
  };
  const rounds = isShort ? 1 : options.number('rounds');
  const quick = [run.quick(CHANGING), run.quick(load.growing)];
  const hesitant = open(run, `${CHANGING} hesitant`, CHANGING);
  let stopped: SlowStream[] = [];
  try {
    await until(() => quick.every(({ snapshots }) => snapshots > 0), END_SECONDS);
    run.begin('before');
    const loading = load.run(options.number('rate'));
    await delay(around * 1000);
    for (let n = 1; n <= rounds; n++) {
      load.growing = `growing-${n}`;
      quick.push(run.quick(load.growing));
      stopped = await stopAndRead(run, options, n, hesitant);
    }
    run.begin('after');
    await delay(around * 1000);
    load.stop();
    await loading;
    run.begin('end');

    if (hesitant.isEnded || !(await until(await upToDate(run, reader, hesitant), END_SECONDS)))
      verdict.violation('a listener that read again in time was not kept', hesitant.name);
    await until(() => delays.missing === 0, END_SECONDS);
    for (const { isEnded, name } of quick) {
      if (isEnded) verdict.violation('another listener ended', name);
    }
    // One of each kind: what they missed is hundreds of megabytes.
    for (const collectionId of new Set(stopped.map(collectionOf))) {
      await comeBack(run, reader, stopped.find((one) => collectionOf(one) === collectionId)!);
    }
  } finally {
    load.stop();
    memory.stop();
    await Promise.all(run.streams.map((stream) => stream.close()));
    await disconnect(target, project, [writer, reader]);
  }
  const seconds = (performance.now() - started) / 1000;
  judge(options, { verdict, load, failures, delays, memory, rounds, seconds });
}

/** A round: listeners stop reading under load, and are found to be dropped once they read on. */
async function stopAndRead(
  run: Run,
  options: Options,
  round: number,
  hesitant: SlowStream,
): Promise<SlowStream[]> {
  const isShort = options.has('short');
  run.begin(`opening ${round}`);
  const stopped: SlowStream[] = [];
  for (let n = 0; n < (isShort ? 2 : options.number('slow')); n++) {
    // In the short form only those are dropped in time for which more waits than the buffer holds.
    if (!isShort) stopped.push(open(run, `${CHANGING} ${round}.${n}`, CHANGING));
    stopped.push(open(run, `${run.load.growing} ${n}`, run.load.growing));
  }
  await until(() => stopped.every(({ snapshots }) => snapshots > 0), END_SECONDS);
  for (const stream of [...stopped, hesitant]) stream.stopReading();
  // What was on its way to them is through.
  await delay(2_000);
  run.begin(`stopped ${round}`);
  const { written } = run.load;
  // Every other write goes to the collection that grows; the server's buffer is to be filled one and a half times.
  const bufferBytes = options.number('buffer') * 2 ** 20;
  const overflow = (2 * 1.5 * bufferBytes) / options.number('bytes');
  await delay(HESITATION_SECONDS * 1000);
  hesitant.readOn();
  if (isShort) await until(() => run.load.written - written > overflow, options.number('seconds'));
  else await delay((options.number('seconds') - HESITATION_SECONDS) * 1000);
  run.begin(`dropped ${round}`);
  await Promise.all(stopped.map((stream) => readToEnd(stream, bufferBytes, run.verdict)));
  return stopped;
}

interface Outcome {
  readonly verdict: Verdict;
  readonly load: Load;
  readonly failures: Counts;
  readonly delays: Delays;
  readonly memory: MemoryWatch;
  readonly rounds: number;
  /** Of the whole run. */
  readonly seconds: number;
}

function judge(
  options: Options,
  { verdict, load, failures, delays, memory, rounds, seconds }: Outcome,
): void {
  for (const name of [
    'a listener that did not read was not dropped',
    'a listener was dropped with another error',
    'too much waited for a listener',
    'a resume token was of no use',
    'a listener did not come back to the newest state',
    'another listener ended',
  ])
    verdict.none(name, `${rounds} rounds`);
  verdict.none('a listener that read again in time was not kept', `after ${HESITATION_SECONDS} s`);
  const written = `${load.written} writes, failed: ${failures}`;
  verdict.check('every write succeeded', failures.total() === 0, written);
  const seen = `${delays.count} seen, ${delays.missing} missing`;
  verdict.check('the others were sent every write', delays.missing === 0, seen);
  if (!options.has('short')) {
    const [before, during] = [delays.quantile('before', 0.99), delays.quantile('stopped 1', 0.99)];
    const isEven = during < Math.max(2 * before, before + 250);
    verdict.check('the others were not delayed', isEven, delays.describe());
    judgeMemory(options, verdict, memory, rounds);
  }
  verdict.finish('slow listener', [
    `${(load.written / seconds).toFixed(0)} writes/s of ${options.number('bytes')} bytes, seed ${options.seed}`,
    `memory in MB: ${memory.describe()}`,
  ]);
}

/** A garbage collector gives memory back late, if at all: what the first round took must do for the others. */
function judgeMemory(options: Options, verdict: Verdict, memory: MemoryWatch, rounds: number): void {
  const part = options.text('part');
  const base = memory.settled(part, 'before');
  const most = Array.from({ length: rounds }, (_, n) => memory.most(part, `stopped ${n + 1}`) ?? 0);
  if (base === undefined) return;
  // Two kinds of streams; each may hold a full buffer, and a last snapshot of that size on its way.
  const bound = options.number('buffer') * options.number('slow') * 2 * 2;
  const detail = `MB of ${part}: ${base.toFixed(0)} before, at most ${most.map((mb) => mb.toFixed(0)).join(', ')}`;
  verdict.check('memory is bounded', Math.max(...most) - base < bound, `${detail}; ${bound} for the streams`);
  verdict.check('memory does not grow by rounds', most.at(-1)! - most[0]! < RETURN_MB, detail);
}

await main({
  name: 'slow-listener',
  help: HELP,
  flags: FLAGS,
  limit: (options) =>
    options.number('rounds') * (options.number('seconds') + 3 * END_SECONDS) +
    2 * options.number('around') +
    600,
  run,
});
