import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Run, Series } from './coordinator.ts';
import type { Options } from './options.ts';
import { median, type Sample } from './sample.ts';
import { figure, table } from './table.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

const of = (series: Series, pick: (sample: Sample) => number) => median(series.samples.map(pick));

/** Median over the rounds of this target's rate against the first target's in the same round. */
function ratio(series: Series, first: Series | undefined): string {
  if (!first || first === series) return '';
  const ratios = series.samples.flatMap((sample, round) => {
    const other = first.samples[round]?.perSecond ?? 0;
    return other > 0 ? [sample.perSecond / other] : [];
  });
  return ratios.length ? `${figure(median(ratios))}x` : '';
}

/** The table that a program prints: medians over the rounds. */
export function resultTable(run: Run, columns: Record<string, string>): string {
  const first = new Map<string, Series>();
  for (const series of run.series) if (!first.has(series.case)) first.set(series.case, series);
  const extras = Object.entries(columns);
  const several = new Set(run.series.map((series) => series.target)).size > 1;
  const header = [
    ...['case', 'target', 'per s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    ...extras.map(([, title]) => title),
    ...['errors', 'client cpu', ...(several ? ['rate ratio'] : [])],
  ];
  const rows = run.series.map((series) => [
    series.case,
    series.target,
    ...(['perSecond', 'p50', 'p95', 'p99', 'max'] as const).map((key) => figure(of(series, (s) => s[key]))),
    ...extras.map(([key]) => figure(of(series, (sample) => sample.extra?.[key] ?? Number.NaN))),
    String(series.samples.reduce((sum, sample) => sum + sample.errors, 0)),
    `${Math.round(of(series, (sample) => sample.clientCpu) * 100)}%`,
    ...(several ? [ratio(series, first.get(series.case))] : []),
  ]);
  return table(header, rows);
}

/** One line for each series that had errors: how many, and the first message. */
export function errorLines(run: Run): string[] {
  return run.series.flatMap((series) => {
    const message = series.samples.find((sample) => sample.firstError)?.firstError;
    return message ? [`${series.case} on ${series.target}: first error: ${message}`] : [];
  });
}

/** Writes everything that a later comparison needs to `bench/results/`; returns the path. */
export function writeJson(program: string, options: Options, results: object): string {
  mkdirSync(RESULTS, { recursive: true });
  const time = new Date().toISOString();
  const path = join(RESULTS, `${program}-${time.replaceAll(':', '')}.json`);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem(), node: process.version };
  const { databaseUrl: _, ...shown } = options;
  writeFileSync(
    path,
    `${JSON.stringify({ program, time, machine, options: { ...shown, only: options.only?.source }, ...results }, null, 2)}\n`,
  );
  return path;
}
