import { join } from 'node:path';
import { connect, disconnect, freshProject } from './src/clients.ts';
import { HISTORIES, IsolationChecker } from './src/isolation/checker.ts';
import { ListClient } from './src/isolation/client.ts';
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
  keys: { default: '5', help: 'lists that all clients fight over at a time' },
  faults: { default: 'false', help: 'parts of the server are being killed meanwhile (see durability.ts)' },
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

async function record(options: Options, path: string): Promise<{ history: History; counts: Counts }> {
  const seconds = options.has('short') ? 5 : options.number('seconds');
  const project = freshProject('isolation');
  const [clients, long] = [options.number('clients'), options.number('long')];
  const firestores = connect(options.target, project, clients + long);
  const shared = {
    lists: new Lists(options.number('keys'), 8),
    history: new History(),
    counts: new Counts(),
  };
  const flags = { bypass: options.has('control'), faults: options.has('faults') };
  const end = performance.now() + seconds * 1000;
  try {
    await Promise.all(
      firestores.map((firestore, n) => {
        const hold = n < clients ? 0 : options.number('hold');
        const random = new Random(options.seed + n);
        return new ListClient(firestore, random, shared, { ...flags, hold }).run(
          () => performance.now() < end,
        );
      }),
    );
  } finally {
    shared.history.save(path);
    await disconnect(options.target, project, firestores);
  }
  return shared;
}

async function run(options: Options): Promise<void> {
  const verdict = new Verdict();
  const checker = new IsolationChecker();
  const missing = await checker.build();
  const recorded = options.text('check');
  const path = recorded || options.text('history') || join(HISTORIES, `history-${Date.now()}.jsonl`);
  const notes = [`seed ${options.seed}, history ${path}`];
  if (!recorded) {
    const { history, counts } = await record(options, path);
    const { ok, fail, info } = history.counts;
    notes.push(`operations: ${ok} ok, ${fail} failed, ${info} without an answer`, `by kind: ${counts}`);
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
