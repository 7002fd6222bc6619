import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { treeMemory } from '../bench/src/process-memory.ts';
import { codeOf, connect, disconnect, freshProject } from './src/clients.ts';
import { readPid } from './src/durability/ready-file.ts';
import { documentOf, LIMIT, pageOf } from './src/large/contents.ts';
import { Watch } from './src/large/watch.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Verdict } from './src/verdict.ts';

const HELP =
  'documents and commits as large as they may be, with listeners that follow and memory that comes back';

const FLAGS = {
  'ready-file': { default: '', help: "the platform's ready file: the memory of its processes is watched" },
  rounds: { default: '10', help: 'large commits' },
  documents: { default: '500', help: 'documents of a large commit' },
  bytes: { default: '20480', help: 'bytes of each of them' },
  listeners: { default: '4', help: 'listeners to all documents; one more for each tenth' },
  rest: { default: '60', help: 'seconds within which memory must come back' },
  growth: { default: '200', help: 'MB by which memory may lie above that after the first commit' },
  short: { default: 'false', help: 'the form for the test command: two commits' },
};

const CONVERGE_SECONDS = 30;

/** A document as large as it may be, and one that is a byte larger. */
async function checkDocuments(firestore: Firestore, verdict: Verdict): Promise<string> {
  const document = firestore.doc('large/document');
  const content = documentOf(document.path, LIMIT);
  const watch = new Watch(firestore.collection('large'));
  const started = performance.now();
  await document.set({ ...content });
  const written = performance.now() - started;
  const read = (await document.get()).data() ?? {};
  const same = read.a === content.a && read.b === content.b;
  verdict.check('a document of 1 MiB is kept', same, `written in ${written.toFixed(0)} ms`);
  verdict.check('a listener gets it', await watch.shows(undefined, 1, CONVERGE_SECONDS), 'by a collection');
  watch.stop();
  const error = await document.set(documentOf(document.path, LIMIT + 1)).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const refused = error !== undefined && codeOf(error) === 'INVALID_ARGUMENT';
  verdict.check('one byte more is refused', refused, error?.message.slice(0, 160) ?? 'it was accepted');
  await document.delete();
  return `1 MiB: written in ${written.toFixed(0)} ms`;
}

interface Round {
  readonly commit: number;
  readonly shown: number;
}

async function commitAll(
  firestore: Firestore,
  round: number,
  watches: readonly { watch: Watch; count: number }[],
  size: { documents: number; bytes: number },
  verdict: Verdict,
): Promise<Round> {
  const batch = firestore.batch();
  for (let n = 0; n < size.documents; n++)
    batch.set(firestore.doc(`pages/p${n}`), pageOf(round, n, size.bytes));
  const started = performance.now();
  await batch.commit();
  const commit = performance.now() - started;
  const shown = await Promise.all(
    watches.map(({ watch, count }) => watch.shows(round, count, CONVERGE_SECONDS)),
  );
  for (const [i, ok] of shown.entries()) {
    const { watch } = watches[i]!;
    if (!ok)
      verdict.violation('a listener did not follow', `${i} in round ${round}: ${watch.error ?? 'silent'}`);
    if (watch.isTorn) verdict.violation('half of a commit was shown', `${i} in round ${round}`);
  }
  return { commit, shown: performance.now() - started };
}

async function run(options: Options): Promise<void> {
  const readyFile = options.text('ready-file');
  const rounds = options.has('short') ? 2 : options.number('rounds');
  const size = { documents: options.number('documents'), bytes: options.number('bytes') };
  const verdict = new Verdict();
  const project = freshProject('large');
  const [writer, listener] = connect(options.target, project, 2) as [Firestore, Firestore];
  const pid = readyFile === '' ? undefined : readPid(readyFile);
  const memory = () => (pid === undefined ? 0 : treeMemory([{ name: 'platform', pid }])[0]!);
  const notes: string[] = [];
  const watches: { watch: Watch; count: number }[] = [];
  try {
    notes.push(await checkDocuments(writer, verdict));
    const pages = listener.collection('pages');
    for (let n = 0; n < options.number('listeners'); n++)
      watches.push({ watch: new Watch(pages), count: size.documents });
    for (let n = 0; n < size.documents; n += Math.ceil(size.documents / 10))
      watches.push({ watch: new Watch(pages.where('n', '==', n)), count: 1 });

    const before = memory();
    let peak = before;
    const sampler = setInterval(() => {
      peak = Math.max(peak, memory());
    }, 250);
    const times = [await commitAll(writer, 0, watches, size, verdict)];
    const first = memory();
    for (let round = 1; round < rounds; round++)
      times.push(await commitAll(writer, round, watches, size, verdict));
    const refused = await commitAll(writer, rounds, [], { ...size, bytes: size.bytes * 2 }, verdict).then(
      () => 'OK' as const,
      codeOf,
    );
    verdict.check(
      'a commit of twice the size is refused',
      /INVALID_ARGUMENT|RESOURCE_EXHAUSTED/.test(refused),
      refused,
    );
    clearInterval(sampler);
    const goal = first + options.number('growth');
    const end = performance.now() + options.number('rest') * 1000;
    while (memory() > goal && performance.now() < end) await delay(1000);
    const after = memory();
    if (pid !== undefined) {
      const mb = [before, first, peak, after].map((value) => value.toFixed(0));
      verdict.check(
        'memory comes back',
        after <= goal,
        `MB: ${mb[0]} before, ${mb[1]} after the first, ${mb[2]} at most, ${mb[3]} in the end`,
      );
    }
    const ms = (pick: (round: Round) => number) => times.map((round) => pick(round).toFixed(0)).join(' ');
    notes.push(`commits of ${size.documents} x ${size.bytes} bytes, ms: ${ms(({ commit }) => commit)}`);
    notes.push(`shown by all of ${watches.length} listeners after ms: ${ms(({ shown }) => shown)}`);
    notes.push(`snapshots: ${watches.map(({ watch }) => watch.snapshots).join(' ')}`);
  } finally {
    for (const { watch } of watches) watch.stop();
    await disconnect(options.target, project, [writer, listener]);
  }
  verdict.none('a listener did not follow', `${watches.length} listeners, ${rounds} commits`);
  verdict.none('half of a commit was shown', `${watches.length} listeners`);
  verdict.finish('large', notes);
}

await main({
  name: 'large',
  help: HELP,
  flags: FLAGS,
  limit: (options) => (options.number('rounds') + 2) * (CONVERGE_SECONDS + 30) + options.number('rest'),
  run,
});
