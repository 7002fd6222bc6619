import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { connect, disconnect, freshProject } from './src/clients.ts';
import { SnapshotChecker } from './src/listening/checker.ts';
import { contentsOf, difference } from './src/listening/contents.ts';
import { Observer } from './src/listening/observer.ts';
import { queryFor } from './src/listening/queries.ts';
import { runWriter } from './src/listening/writers.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Random } from './src/random.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP = 'every snapshot that a listener is handed equals the query at its read time, order included';

const FLAGS = {
  seconds: { default: '60', help: 'seconds under load' },
  writers: { default: '8', help: 'clients that write' },
  listeners: { default: '20', help: 'listeners, of twenty kinds of query' },
  rate: { default: '100', help: 'writes per second in all' },
  checkers: { default: '8', help: 'comparing queries in flight' },
  drain: { default: '60', help: 'seconds after the load to work off snapshots not compared yet' },
  short: { default: 'false', help: 'the form for the test command: 5 seconds' },
};

/** Seconds within which every listener must show the final state. */
const CONVERGE_SECONDS = 30;

/** Waits until each listener shows what its query returns now that nothing changes any more. */
async function converge(observers: readonly Observer[], verdict: Verdict): Promise<void> {
  const end = performance.now() + CONVERGE_SECONDS * 1000;
  for (const observer of observers) {
    for (;;) {
      const different = difference(observer.contents, contentsOf((await observer.query.get()).docs));
      if (!different) break;
      if (performance.now() > end) {
        verdict.violation('a listener did not reach the final state', `${observer.name}: ${different}`);
        break;
      }
      await delay(100);
    }
  }
}

async function load(
  options: Options,
  seconds: number,
  writers: readonly Firestore[],
  counts: Counts,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const gap = (writers.length * 1000) / options.number('rate');
  await Promise.all(
    writers.map((writer, n) => {
      let next = performance.now() + (gap * n) / writers.length;
      const turn = async () => {
        next = Math.max(next + gap, performance.now());
        await delay(Math.max(0, next - performance.now()));
      };
      const pace = { running: () => performance.now() < end, turn };
      return runWriter(writer, new Random(options.seed + n), pace, counts);
    }),
  );
}

async function run(options: Options): Promise<void> {
  const seconds = options.has('short') ? 5 : options.number('seconds');
  const project = freshProject('listeners');
  const writers = connect(options.target, project, options.number('writers'));
  const readers = connect(options.target, project, 3);
  const verdict = new Verdict();
  const counts = new Counts();
  const checker = new SnapshotChecker(readers.slice(1), options.number('checkers'), verdict);
  let snapshots = 0;
  let observers: Observer[] = [];
  try {
    observers = Array.from({ length: options.number('listeners') }, (_, n) => {
      const { name, query } = queryFor(readers[0]!, n);
      return new Observer(`${n} (${name})`, query, verdict, (observed) => {
        snapshots++;
        checker.add(observed);
      });
    });
    await Promise.all(observers.map((observer) => observer.ready()));
    await load(options, seconds, writers, counts);
    await converge(observers, verdict);
    await checker.drain(options.number('drain'));
  } finally {
    for (const observer of observers) observer.stop();
    await disconnect(options.target, project, [...writers, ...readers]);
  }

  const checked = `${checker.checked} of ${snapshots} snapshots compared`;
  verdict.none('a snapshot is not the query at its time', checked);
  verdict.check('snapshots were compared', checker.checked > 0, `${checker.skipped} not compared`);
  verdict.none('a query at a past time failed', checked);
  for (const name of [
    'read time did not advance',
    'the same snapshot twice',
    'changes do not lead to the documents',
  ])
    verdict.none(name, `${snapshots} snapshots`);
  verdict.none('a listener did not reach the final state', `${observers.length} listeners`);
  verdict.none('a listener ended with an error', `${observers.length} listeners`);
  const idle = observers.filter((observer) => observer.snapshots < 2);
  verdict.check(
    'every listener saw changes',
    idle.length === 0,
    idle.map((one) => one.name).join(', ') || 'all did',
  );
  verdict.finish('listener exactness', [
    `${writers.length} writers, ${observers.length} listeners, ${seconds} s, seed ${options.seed}`,
    `writes: ${counts}`,
    `snapshots per listener: ${observers.map((observer) => observer.snapshots).join(' ')}`,
  ]);
}

await main({
  name: 'listener-exactness',
  help: HELP,
  flags: FLAGS,
  limit: (options) => options.number('seconds') + options.number('drain') + CONVERGE_SECONDS + 120,
  run,
});
