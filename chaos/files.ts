import { setTimeout as delay } from 'node:timers/promises';
import { readReady, restarted, whenReady } from './src/durability/ready-file.ts';
import { FilesClient } from './src/files/client.ts';
import { contentOf } from './src/files/contents.ts';
import { FileLedger } from './src/files/ledger.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Random } from './src/random.ts';
import { Counts, Verdict } from './src/verdict.ts';

const HELP =
  'kill -9 of the storage service and of the object store during uploads: no acknowledged file is lost or broken';

const FLAGS = {
  'ready-file': { default: '', help: "the running platform's ready file: its endpoint and its parts' pids" },
  uploads: { default: '200', help: 'files to upload' },
  parallel: { default: '16', help: 'of them at once' },
  kills: { default: '8', help: 'kills, of the parts in turn' },
  every: { default: '1.5', help: 'seconds between two kills' },
  parts: { default: 'storage,minio', help: 'names of the parts that are killed' },
  recovery: { default: '60', help: 'seconds within which a part must be back' },
};

const KIB = 1024;
const SIZES = [0, 10 * KIB, 300 * KIB, 2_000 * KIB, 6_000 * KIB, 11_000 * KIB];
/** Some names are uploaded again and again. */
const HOT_NAMES = 5;

interface Run {
  readonly options: Options;
  readonly client: FilesClient;
  readonly ledger: FileLedger;
  readonly random: Random;
}

/** Uploads one file after the other until all have been. */
async function uploadAll({ options, client, ledger, random }: Run, isOver: () => boolean): Promise<void> {
  const uploads = options.number('uploads');
  const busy = new Set<string>();
  let next = 0;
  const work = async () => {
    // While the faults go on, so do the uploads.
    while (next < uploads || !isOver()) {
      const n = next++;
      let name = n % 4 === 0 ? `hot/${random.below(HOT_NAMES)}` : `files/${n}`;
      // Two at once under one name have no order that could be checked.
      if (busy.has(name)) name = `files/${n}`;
      busy.add(name);
      const content = contentOf(name, n, SIZES[random.below(SIZES.length)]!);
      ledger.begin(name, content.md5);
      // A third of the clients goes away at the first failure.
      const until = () => n % 3 !== 0;
      const isDone =
        n % 2 === 0
          ? await client.upload(name, content, until)
          : await client.uploadResumable(name, content, until);
      if (isDone) ledger.acknowledge(name, content.md5);
      else ledger.giveUp();
      busy.delete(name);
      if (next > uploads * 20) throw new Error('the faults do not end');
    }
  };
  await Promise.all(Array.from({ length: options.number('parallel') }, work));
}

async function killAll(options: Options, killed: Counts, verdict: Verdict): Promise<void> {
  const readyFile = options.text('ready-file');
  const parts = options.text('parts').split(',');
  const seconds = options.number('recovery');
  for (let n = 0; n < options.number('kills'); n++) {
    await delay(options.number('every') * 1000);
    const name = parts[n % parts.length]!;
    const part = (await whenReady(readyFile, seconds)).processes.find((one) => one.name === name);
    if (!part) throw new Error(`the ready file names no ${name}`);
    process.kill(part.pid, 'SIGKILL');
    killed.add(name);
    console.error(`kill ${n + 1}: ${name}`);
    if (!(await restarted(readyFile, part, seconds))) verdict.violation('a part was not restarted', name);
  }
}

/** Asks until the service and its store are back. */
async function reconcile(target: string, seconds: number): Promise<unknown> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      const url = `http://${target}/v1/storage:reconcile`;
      const response = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer owner' } });
      if (response.ok) return await response.json();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    if (performance.now() > end) throw new Error(`no reconciliation in ${seconds} s`);
    await delay(200);
  }
}

async function judge({ client, ledger }: Run, verdict: Verdict): Promise<number> {
  const listed = new Set(await client.list());
  for (const name of new Set([...ledger.names, ...listed])) {
    const found = await client.read(name).catch((error: unknown) => {
      verdict.violation('a listed file cannot be read', `${name}: ${error}`);
      return undefined;
    });
    if (listed.has(name) !== (found !== undefined)) verdict.violation('the listing is wrong', name);
    if (!ledger.mayHave(name, found?.md5 ?? ''))
      verdict.violation(found ? 'a file with wrong content' : 'an acknowledged file is missing', name);
    if (found?.said.md5Hash !== undefined && found.said.md5Hash !== found.md5)
      verdict.violation('metadata of other bytes', name);
  }
  return listed.size;
}

async function run(options: Options): Promise<void> {
  if (!options.text('ready-file')) throw new Error('--ready-file is required');
  const target = readReady(options.text('ready-file')).endpoints.firestore!;
  const bucket = `chaos-${Date.now()}.appspot.com`;
  const random = new Random(options.seed);
  const one: Run = { options, client: new FilesClient(target, bucket), ledger: new FileLedger(), random };
  const verdict = new Verdict();
  const killed = new Counts();
  let isOver = false;
  const faults = killAll(options, killed, verdict).finally(() => {
    isOver = true;
  });
  await Promise.all([faults, uploadAll(one, () => isOver)]);
  const report = await reconcile(target, options.number('recovery'));
  const files = await judge(one, verdict);
  const { ledger } = one;
  verdict.check('parts were killed', killed.total() === options.number('kills'), `${killed}`);
  verdict.check(
    'uploads were acknowledged',
    ledger.acknowledged > 0,
    `${ledger.acknowledged}, ${ledger.unanswered} given up`,
  );
  verdict.none('an acknowledged file is missing', `${ledger.acknowledged} acknowledged, ${files} listed`);
  verdict.none('a file with wrong content', `${files} files read whole`);
  verdict.none('a listed file cannot be read', `${files} files`);
  verdict.none('the listing is wrong', `${ledger.names.length} names`);
  verdict.none('metadata of other bytes', `${files} files`);
  verdict.none('a part was not restarted', 'by its supervisor');
  verdict.finish('files', [`seed ${options.seed}`, `reconciled: ${JSON.stringify(report)}`]);
}

await main({
  name: 'files',
  help: HELP,
  flags: FLAGS,
  limit: (options) => options.number('kills') * (options.number('every') + options.number('recovery')) + 300,
  run,
});
