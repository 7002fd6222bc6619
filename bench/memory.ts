import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { mixedLoad, type Tally } from './src/mixed-load.ts';
import { treeMemory, type Watched } from './src/process-memory.ts';
import { writeJson } from './src/report.ts';
import { median } from './src/sample.ts';
import { figure, table } from './src/table.ts';

const HELP = `memory: memory of server processes over minutes of mixed load
usage: node bench/memory.ts --target host:port (--pid name=123 ... | --ready-file PATH) [--minutes 10]
  --concurrency 16   operations in flight
  --every 15         seconds between samples
  --growth 20        percent by which the last quarter may exceed the second (the first is warm-up)`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: process.env.FIRESTORE_EMULATOR_HOST ?? '127.0.0.1:8080' },
    pid: { type: 'string', multiple: true, default: [] },
    'ready-file': { type: 'string' },
    minutes: { type: 'string', default: '10' },
    concurrency: { type: 'string', default: '16' },
    every: { type: 'string', default: '15' },
    growth: { type: 'string', default: '20' },
    help: { type: 'boolean' },
  },
});

function watchedProcesses(): Watched[] {
  const given = values.pid.map((text) => {
    const [name, pid] = text.includes('=') ? text.split('=') : [text, text];
    return { name: name ?? text, pid: Number(pid) };
  });
  if (!values['ready-file']) return given;
  const ready = JSON.parse(readFileSync(values['ready-file'], 'utf8')) as { processes?: Watched[] };
  return [...given, ...(ready.processes ?? [])];
}

/** Growth in percent from the second quarter of the series to the last. */
function growth(series: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(series.length / 4));
  const before = median(series.slice(quarter, 2 * quarter));
  return before > 0 ? (median(series.slice(-quarter)) / before - 1) * 100 : 0;
}

async function main(): Promise<void> {
  const watched = watchedProcesses();
  if (watched.length === 0) throw new Error('give --pid name=123 or --ready-file PATH');
  process.env.FIRESTORE_EMULATOR_HOST = values.target;
  const firestore = new Firestore({ projectId: 'bench-memory' });
  const tally: Tally = { operations: 0, events: 0, errors: 0 };
  const stop = new AbortController();
  const start = performance.now();
  const minutes = Number(values.minutes);
  const every = Number(values.every);
  const series: number[][] = [treeMemory(watched)];
  const rates: number[] = [0];
  const load = mixedLoad(firestore, Number(values.concurrency), tally, stop.signal);
  for (let n = 1; n * every <= minutes * 60; n++) {
    const before = tally.operations;
    await delay(start + n * every * 1000 - performance.now());
    series.push(treeMemory(watched));
    rates.push((tally.operations - before) / every);
    console.error(
      `${n * every} s: ${series
        .at(-1)
        ?.map((mb) => `${Math.round(mb)} MB`)
        .join(' ')}`,
    );
  }
  stop.abort();
  await load;
  await firestore.terminate();

  const step = Math.max(1, Math.floor(series.length / 20));
  const shown = series.map((row, index) => ({ row, index })).filter(({ index }) => index % step === 0);
  console.log(
    `\nmemory over ${minutes} minutes of mixed load, in MB (process tree, shared pages counted once)\n`,
  );
  console.log(
    table(
      ['minute', 'ops/s', ...watched.map((one) => one.name), 'all'],
      shown.map(({ row, index }) => [
        ((index * every) / 60).toFixed(2),
        figure(rates[index] ?? 0),
        ...[...row, row.reduce((sum, mb) => sum + mb, 0)].map((mb) => String(Math.round(mb))),
      ]),
    ),
  );
  const all = series.map((row) => row.reduce((sum, mb) => sum + mb, 0));
  const grown = growth(all);
  const flat = grown <= Number(values.growth);
  console.log(
    `${tally.operations} operations, ${tally.events} events, ${tally.errors} errors ${tally.firstError ?? ''}`,
  );
  console.log(`second quarter to last: ${grown.toFixed(1)}% (${flat ? 'flat' : 'growing'})`);
  const options = { targets: [{ name: values.target, host: values.target }], seconds: minutes * 60 };
  const path = writeJson(
    'memory',
    { ...options, warmup: 0, rounds: 1, databaseUrl: undefined, only: undefined, flags: {} },
    { watched, every, series, rates, tally, grown },
  );
  console.log(`written to ${path}`);
  if (!flat) process.exitCode = 1;
}

if (values.help) console.log(HELP);
else await main();
