import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { connect, disconnect, freshProject } from './src/clients.ts';
import { type FaultPlan, injectFaults } from './src/durability/faults.ts';
import { Ledger } from './src/durability/ledger.ts';
import { readReady } from './src/durability/ready-file.ts';
import { Watches } from './src/durability/watches.ts';
import { COLLECTION, isIntact, Writer } from './src/durability/writers.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Random } from './src/random.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP =
  'kill -9 of one part after the other under load: no acknowledged write is lost, every listener recovers';

const FLAGS = {
  'ready-file': { default: '', help: "the running platform's ready file: its endpoint and its parts' pids" },
  rounds: { default: '20', help: 'kills' },
  every: { default: '3', help: 'seconds of undisturbed load before each kill' },
  recovery: { default: '60', help: 'seconds within which a part must be back and writes go on' },
  only: { default: '.', help: 'regular expression: kill only the parts that match' },
  writers: { default: '8', help: 'clients that write' },
  gap: { default: '10', help: 'milliseconds between two writes of a writer' },
  short: {
    default: 'false',
    help: 'the form for the test command: one kill of each part, 1 s of load before each',
  },
};

const CONVERGE_SECONDS = 60;

function planOf(options: Options): FaultPlan {
  const readyFile = options.text('ready-file');
  const short = options.has('short');
  const parts = new Set(readReady(readyFile).processes.map((part) => part.name)).size;
  return {
    readyFile,
    rounds: short ? parts : options.number('rounds'),
    every: short ? 1 : options.number('every'),
    recovery: options.number('recovery'),
    only: new RegExp(options.text('only')),
  };
}

/** All documents with their version, by pages: a page of a broken document is a violation. */
async function readAll(firestore: Firestore, verdict: Verdict): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const page = firestore.collection(COLLECTION).orderBy('__name__').limit(1000);
  let query = page;
  for (;;) {
    const { docs } = await query.get();
    for (const one of docs) {
      if (!isIntact(one.ref.path, one.data()))
        verdict.violation('a document with wrong content', one.ref.path);
      found.set(one.ref.path, one.get('version') as number);
    }
    const last = docs.at(-1);
    if (!last) return found;
    query = page.startAfter(last);
  }
}

async function run(options: Options): Promise<void> {
  if (!options.text('ready-file')) throw new Error('--ready-file is required');
  const plan = planOf(options);
  const target = readReady(plan.readyFile).endpoints.firestore!;
  const project = freshProject('durability');
  const clients = connect(target, project, options.number('writers'));
  const [watcher] = connect(target, project, 1);
  const verdict = new Verdict();
  const ledger = new Ledger();
  const [outcomes, killed, seen] = [new Counts(), new Counts(), new Counts()];
  const watches = new Watches(watcher!, verdict);
  let running = true;
  let recoveries: number[] = [];
  try {
    const writing = clients.map((client, id) =>
      new Writer(client, id, new Random(options.seed + id)).run(
        () => running,
        options.number('gap'),
        ledger,
        outcomes,
      ),
    );
    try {
      if (!(await ledger.progress.reaches(1, 30)))
        throw new Error('no write was acknowledged in 30 s: nothing to disturb');
      recoveries = await injectFaults(plan, ledger.progress, verdict, killed);
      await delay(plan.every * 1000);
    } finally {
      running = false;
      await Promise.all(writing);
    }
    await watches.converge(CONVERGE_SECONDS, verdict);
    ledger.judge(
      await readAll(clients[0]!, verdict),
      (name, example) => verdict.violation(name, example),
      seen,
    );
  } finally {
    watches.stop();
    await disconnect(target, project, [...clients, watcher!]);
  }

  const documents = `${ledger.documents} documents: ${seen}`;
  verdict.check('parts were killed', killed.total() === plan.rounds, `${killed}`);
  verdict.none(
    'an acknowledged write is missing',
    `${ledger.acknowledgements} acknowledgements, ${documents}`,
  );
  verdict.none('a document with wrong content', `${ledger.documents} documents`);
  verdict.none('a document that nobody wrote', `${ledger.documents} documents`);
  verdict.none('half of a batch', `${seen.get('batches')} batches`);
  verdict.none('no recovery in time', `at most ${Math.max(0, ...recoveries).toFixed(1)} s`);
  verdict.none('a part was not restarted', 'by its supervisor');
  verdict.none('a part of the ready file does not live', `${killed.total()} kills`);
  verdict.none('a listener ended with an error', `${watches.count} listeners`);
  verdict.none('a listener did not reach the final state', `${watches.count} listeners`);
  verdict.finish('durability', [
    `${clients.length} writers, ${plan.rounds} kills, seed ${options.seed}`,
    `writes: ${outcomes}`,
    `recovered after s: ${recoveries.map((seconds) => seconds.toFixed(1)).join(' ') || '-'}`,
    `snapshots: ${watches.describe()}`,
  ]);
}

await main({
  name: 'durability',
  help: HELP,
  flags: FLAGS,
  limit: (options) =>
    options.number('rounds') * (options.number('every') + options.number('recovery')) +
    CONVERGE_SECONDS * 2 +
    180,
  run,
});
