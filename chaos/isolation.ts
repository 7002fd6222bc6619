import { join } from 'node:path';
import { connect, disconnect, freshProject } from './src/clients.ts';
import { type FaultPlan, injectFaults } from './src/durability/faults.ts';
import { Progress } from './src/durability/progress.ts';
import { readReady } from './src/durability/ready-file.ts';
import { standBy } from './src/isolation/bystander.ts';
import { HISTORIES, IsolationChecker } from './src/isolation/checker.ts';
import { ListClient, type Shared } from './src/isolation/client.ts';
import { History } from './src/isolation/history.ts';
import { Lists } from './src/isolation/lists.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Random } from './src/random.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP = 'a history of list appends and reads by transactions is strictly serializable';

const FLAGS = {
  seconds: { default: '30', help: 'seconds under load' },
  clients: { default: '8', help: 'clients with short transactions' },
  long: { default: '4', help: 'further clients whose transactions stay open' },
  hold: { default: '1500', help: 'longest time, in ms, between two steps of such a transaction' },
  others: { default: '2', help: 'further clients that commit elsewhere, eight at a time' },
  outlast: {
    default: '0',
    help: 'commits of others that a transaction which then committed must have been open across',
  },
  keys: { default: '5', help: 'lists that all clients fight over at a time' },
  quiet: { default: '8', help: 'lists that are appended to now and then, also by what stays open' },
  faults: { default: 'false', help: 'parts of the server are being killed meanwhile (see durability.ts)' },
  'ready-file': { default: '', help: "the platform's ready file: its parts are killed, one after the other" },
  every: { default: '4', help: 'seconds of undisturbed load before each kill' },
  recovery: { default: '60', help: 'seconds within which a part must be back and commits go on' },
  only: { default: '.', help: 'regular expression: kill only the parts that match' },
  control: { default: 'false', help: 'the broken control: no transactions; passes when an anomaly is found' },
  history: { default: '', help: 'where to write the history (a file below .cache/chaos)' },
  check: { default: '', help: 'only check this recorded history' },
  short: { default: 'false', help: 'the form for the test command: 5 seconds' },
};

/** The checker must find what is wrong with broken histories before its word on a new one counts. */
async function checkControls(checker: IsolationChecker, verdict: Verdict): Promise<void> {
  for (const { name, path, broken } of checker.controls()) {
    const { verdict: found, anomalies } = await checker.judge(path);
    verdict.check(`control ${name}`, found === (broken ? 'anomaly' : 'valid'), anomalies.join(', ') || found);
  }
}

interface Recorded extends Shared {
  readonly killed: Counts;
  readonly recoveries: readonly number[];
}

function faultPlan(options: Options, seconds: number): FaultPlan | undefined {
  const readyFile = options.text('ready-file');
  if (readyFile === '') return undefined;
  const every = options.number('every');
  const rounds = Math.max(1, Math.floor(seconds / every) - 1);
  return {
    readyFile,
    rounds,
    every,
    recovery: options.number('recovery'),
    only: new RegExp(options.text('only')),
  };
}

async function record(options: Options, path: string, verdict: Verdict): Promise<Recorded> {
  const seconds = options.has('short') ? 5 : options.number('seconds');
  const project = freshProject('isolation');
  const [clients, long, others] = [
    options.number('clients'),
    options.number('long'),
    options.number('others'),
  ];
  const plan = faultPlan(options, seconds);
  const target = plan ? readReady(plan.readyFile).endpoints.firestore! : options.target;
  const firestores = connect(target, project, clients + long + others);
  const shared: Shared = {
    lists: new Lists(options.number('keys'), options.number('quiet')),
    history: new History(),
    counts: new Counts(),
    commits: new Progress(),
    crossed: { committed: [], aborted: [] },
  };
  const flags = { bypass: options.has('control'), faults: options.has('faults') || plan !== undefined };
  const killed = new Counts();
  let recoveries: readonly number[] = [];
  const end = performance.now() + seconds * 1000;
  let faulting = plan !== undefined;
  const running = () => faulting || performance.now() < end;
  try {
    const loads = firestores.map((firestore, n) => {
      if (n >= clients + long) return standBy(firestore, n, running, shared.commits);
      const hold = n < clients ? 0 : options.number('hold');
      return new ListClient(firestore, new Random(options.seed + n), shared, { ...flags, hold }).run(running);
    });
    if (plan) {
      try {
        recoveries = await injectFaults(plan, shared.commits, verdict, killed);
      } finally {
        faulting = false;
      }
    }
    await Promise.all(loads);
  } finally {
    shared.history.save(path);
    await disconnect(target, project, firestores);
  }
  return { ...shared, killed, recoveries };
}

async function run(options: Options): Promise<void> {
  const verdict = new Verdict();
  const checker = new IsolationChecker();
  const missing = await checker.build();
  const recorded = options.text('check');
  const path = recorded || options.text('history') || join(HISTORIES, `history-${Date.now()}.jsonl`);
  const notes = [`seed ${options.seed}, history ${path}`];
  if (!recorded) {
    const { history, counts, commits, crossed, killed, recoveries } = await record(options, path, verdict);
    const { ok, fail, info } = history.counts;
    notes.push(`operations: ${ok} ok, ${fail} failed, ${info} without an answer`, `by kind: ${counts}`);
    const outlasted = Math.max(0, ...crossed.committed);
    const tried = Math.max(0, ...crossed.aborted);
    notes.push(
      `${commits.count} commits; of those, transactions that were held open outlasted at most ${outlasted} and committed (${crossed.committed.length}), ${tried} and were aborted (${crossed.aborted.length})`,
    );
    if (options.text('ready-file') !== '') {
      notes.push(
        `killed: ${killed}`,
        `recovered after s: ${recoveries.map((s) => s.toFixed(1)).join(' ') || '-'}`,
      );
      verdict.check('parts were killed', killed.total() > 0, `${killed}`);
      verdict.none('no recovery in time', `at most ${Math.max(0, ...recoveries).toFixed(1)} s`);
      verdict.none('a part was not restarted', 'by its supervisor');
    }
    if (options.number('outlast') > 0)
      verdict.check(
        'a transaction outlasted the others',
        outlasted >= options.number('outlast'),
        `${outlasted} commits`,
      );
    verdict.check('operations were performed', ok > 0, `${ok}`);
    if (options.number('long') > 0 && !options.has('short'))
      verdict.check(
        'transactions committed',
        counts.get('read-write ok') > 0,
        `${counts.get('read-write ok')}`,
      );
  }
  if (missing) {
    notes.push(`the history was not checked: skipped: ${missing}`);
    verdict.finish('isolation', notes);
    return;
  }
  await checkControls(checker, verdict);
  const { verdict: found, anomalies, explanation } = await checker.judge(path);
  const expected = options.has('control') ? 'anomaly' : 'valid';
  const name = options.has('control') ? 'anomalies are found without transactions' : 'strictly serializable';
  verdict.check(name, found === expected, anomalies.join(', ') || found);
  if (found !== expected && explanation) notes.push(explanation);
  verdict.finish('isolation', notes);
}

await main({
  name: 'isolation',
  help: HELP,
  flags: FLAGS,
  limit: (options) => options.number('seconds') + 1500,
  run,
});
