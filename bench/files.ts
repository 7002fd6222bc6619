import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { clear, type FilesTarget, prepare, type Upload, waysOf } from './src/files/ways.ts';
import { treeMemory, type Watched } from './src/process-memory.ts';
import { writeJson } from './src/report.ts';
import { median } from './src/sample.ts';
import { figure, table } from './src/table.ts';

const HELP = `files: throughput of uploads by each way, and the storage process's memory under many at once
usage: node bench/files.ts --ready-file PATH   (of a platform with --topology distributed, for the memory)
  --rounds 5         rounds of the throughput part; ways take turns inside each
  --files 8          files of one round
  --parallel 4       of them at once
  --size 64          MiB of a file
  --streams 20       uploads at once in the memory part
  --stream-size 200  MiB of each
  --way proxied      by which way
  --limit 150        MiB that the storage process may have`;

const { values } = parseArgs({
  options: {
    'ready-file': { type: 'string' },
    rounds: { type: 'string', default: '5' },
    files: { type: 'string', default: '8' },
    parallel: { type: 'string', default: '4' },
    size: { type: 'string', default: '64' },
    streams: { type: 'string', default: '20' },
    'stream-size': { type: 'string', default: '200' },
    way: { type: 'string', default: 'proxied' },
    limit: { type: 'string', default: '150' },
    help: { type: 'boolean' },
  },
});

const MIB = 1024 * 1024;

interface Ready {
  readonly endpoints: { readonly http: string };
  readonly s3: FilesTarget['s3'];
  readonly processes: readonly Watched[];
}

/** MiB per second. */
async function round(upload: Upload, files: number, parallel: number, size: number): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const work = async () => {
    // The same names each time: the disk does not fill.
    while (next < files) await upload(`file-${next++}`, size);
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return (files * size) / MIB / ((performance.now() - startedAt) / 1_000);
}

async function throughput(target: FilesTarget): Promise<Record<string, number[]>> {
  const ways = Object.entries(waysOf(target));
  const size = Number(values.size) * MIB;
  const rates: Record<string, number[]> = Object.fromEntries(ways.map(([name]) => [name, []]));
  // One round to warm up.
  for (let n = 0; n <= Number(values.rounds); n++) {
    for (const [name, upload] of n % 2 === 0 ? ways : ways.toReversed()) {
      const rate = await round(upload, Number(values.files), Number(values.parallel), size);
      if (n > 0) rates[name]!.push(rate);
      console.error(`round ${n}: ${name} ${figure(rate)} MiB/s`);
    }
  }
  const first = rates.direct!;
  const rows = Object.entries(rates).map(([name, all]) => {
    const ratios = all.map((rate, n) => rate / first[n]!);
    return [name, figure(median(all)), median(ratios).toFixed(2)];
  });
  console.log(
    `\n${values.files} files of ${values.size} MiB, ${values.parallel} at once; medians of ${values.rounds} rounds\n`,
  );
  console.log(table(['way', 'MiB/s', 'ratio to direct'], rows));
  return rates;
}

/** Greatest memory of the storage process in MiB, before and while all stream. */
async function memory(
  target: FilesTarget,
  process: Watched,
): Promise<{ before: number; most: number; seconds: number }> {
  const upload = waysOf(target)[values.way];
  if (!upload) throw new Error(`there is no way ${values.way}`);
  const [before] = residentMiB([process]);
  let most = before!;
  let isDone = false;
  const watch = (async () => {
    while (!isDone) {
      most = Math.max(most, residentMiB([process])[0]!);
      await delay(100);
    }
  })();
  const startedAt = performance.now();
  const streams = Array.from({ length: Number(values.streams) }, (_, n) =>
    upload(`stream-${n}`, Number(values['stream-size']) * MIB),
  );
  await Promise.all(streams).finally(() => {
    isDone = true;
  });
  await watch;
  return { before: before!, most, seconds: (performance.now() - startedAt) / 1_000 };
}

/** All that is resident, pages that are shared with others included. */
function residentMiB(watched: readonly Watched[]): number[] {
  return watched.map(({ pid }) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return treeMemory(watched)[0]!;
    }
  });
}

async function main(): Promise<void> {
  if (!values['ready-file']) throw new Error('--ready-file is required');
  const ready = JSON.parse(readFileSync(values['ready-file'], 'utf8')) as Ready;
  const target = { http: ready.endpoints.http, s3: ready.s3, bucket: 'bench-files.appspot.com' };
  await prepare(target);
  const results: Record<string, unknown> = {};
  if (Number(values.rounds) > 0) results.rates = await throughput(target);
  const storage = ready.processes.find(({ name }) => name === 'storage');
  if (storage && Number(values.streams) > 0) {
    const found = await memory(target, storage);
    results.memory = found;
    const isFine = found.most <= Number(values.limit);
    console.log(
      `\n${values.streams} uploads of ${values['stream-size']} MiB at once (${values.way}) in ${found.seconds.toFixed(1)} s:` +
        ` the storage process has ${found.most.toFixed(0)} MiB at most (${found.before.toFixed(0)} before): ${isFine ? 'ok' : 'TOO MUCH'}`,
    );
    if (!isFine) process.exitCode = 1;
  }
  await clear(target);
  const options = {
    targets: [],
    seconds: 0,
    warmup: 0,
    rounds: Number(values.rounds),
    databaseUrl: undefined,
    only: undefined,
    flags: {},
  };
  console.log(`written to ${writeJson('files', options, results)}`);
}

if (values.help) console.log(HELP);
else await main();
