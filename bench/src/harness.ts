import { coordinate, WORKER } from './coordinator.ts';
import { readOptions } from './options.ts';
import type { Program } from './program.ts';
import { errorLines, resultTable, writeJson } from './report.ts';
import { serveWorker } from './worker.ts';

/**
 * Runs a benchmark program: forks one client process for each target (and one for the raw baseline), runs the
 * cases in rounds with the targets interleaved, prints one table and writes the figures as JSON.
 */
export async function benchmark<State>(program: Program<State>): Promise<void> {
  const options = readOptions(program.name, program.help, program.flags);
  const worker = process.env[WORKER];
  if (worker) {
    await serveWorker(program, options, worker);
    return;
  }
  const run = await coordinate(program, options);
  console.log(`\n${program.name}: ${program.help}`);
  console.log(`${options.rounds} rounds of ${options.seconds} s; medians over the rounds\n`);
  console.log(resultTable(run, program.columns ?? {}));
  for (const line of [...errorLines(run), ...run.notes]) console.log(line);
  console.log(`written to ${writeJson(program.name, options, run)}`);
}
