import { type ChildProcess, fork } from 'node:child_process';
import type { Options, Target } from './options.ts';
import { BASELINE, type Case, type Command, type Program, type Reply } from './program.ts';
import type { Sample } from './sample.ts';

/** Names the target that a forked process stands for. */
export const WORKER = 'BENCH_WORKER';

const PREPARE_TIMEOUT_MS = 2 * 60 * 60 * 1000;
const CASE_GRACE_MS = 180_000;
const STOP_TIMEOUT_MS = 30_000;

/** One target's process: its client's CPU, memory and connections are its own. */
class Worker {
  readonly name: string;
  readonly #child: ChildProcess;

  constructor(target: Target) {
    this.name = target.name;
    const env: NodeJS.ProcessEnv = { ...process.env, [WORKER]: target.name };
    if (target.host) env.FIRESTORE_EMULATOR_HOST = target.host;
    // Keeps the client library from looking for a cloud machine's metadata server.
    env.METADATA_SERVER_DETECTION = 'none';
    this.#child = fork(process.argv[1] ?? '', process.argv.slice(2), { env });
  }

  #reply(timeoutMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void) => {
        clearTimeout(timer);
        this.#child.off('message', onMessage).off('exit', onExit);
        finish();
      };
      const onMessage = (reply: Reply) => done(() => resolve(reply));
      const onExit = (code: number | null) =>
        done(() => reject(new Error(`${this.name}: exit code ${code}`)));
      const timer = setTimeout(
        () => done(() => reject(new Error(`${this.name}: no answer in ${timeoutMs / 1000} s`))),
        timeoutMs,
      );
      this.#child.once('message', onMessage).once('exit', onExit);
    });
  }

  async ready(): Promise<string[]> {
    const reply = await this.#reply(PREPARE_TIMEOUT_MS);
    if (reply.kind === 'ready') return reply.notes;
    throw new Error(`${this.name}: ${reply.kind === 'failed' ? reply.message : reply.kind}`);
  }

  async run(command: Extract<Command, { kind: 'run' }>): Promise<Sample> {
    const { seconds, warmup } = command.budget;
    const answer = this.#reply((seconds + warmup) * 1000 + CASE_GRACE_MS);
    this.#child.send(command);
    const reply = await answer;
    if (reply.kind === 'sample') return reply.sample;
    throw new Error(`${this.name}: ${reply.kind === 'failed' ? reply.message : reply.kind}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    if (this.#child.connected) this.#child.send({ kind: 'stop' } satisfies Command);
    await gone;
    clearTimeout(timer);
  }
}

/** The samples of one case on one target, by round. */
export interface Series {
  case: string;
  target: string;
  samples: Sample[];
}

export interface Run {
  series: Series[];
  notes: string[];
}

/** Runs every case on every target, round by round; the order of the targets turns round each time. */
export async function coordinate<State>(program: Program<State>, options: Options): Promise<Run> {
  const cases = program.cases(options) as Case<unknown>[];
  const targets = program.baselineOnly ? [] : [...options.targets];
  if (options.databaseUrl && cases.some((one) => one.baseline)) targets.push({ name: BASELINE, host: '' });
  const workers = targets.map((target) => new Worker(target));
  const series = new Map<string, Series>();
  const notes: string[] = [];
  try {
    // One after the other: a load of one target must not disturb another's.
    for (const worker of workers) notes.push(...(await worker.ready()));
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, one] of cases.entries()) {
        if (options.only && !options.only.test(one.name)) continue;
        for (const worker of round % 2 === 0 ? workers : workers.toReversed()) {
          if (worker.name === BASELINE && !one.baseline) continue;
          console.error(`round ${round + 1}/${options.rounds}: ${one.name} on ${worker.name}`);
          const budget = { seconds: options.seconds, warmup: options.warmup };
          const sample = await worker.run({ kind: 'run', case: index, budget });
          const key = JSON.stringify([index, worker.name]);
          const known = series.get(key) ?? { case: one.name, target: worker.name, samples: [] };
          known.samples.push(sample);
          series.set(key, known);
        }
      }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  const order = (one: Series) =>
    cases.findIndex((known) => known.name === one.case) * 100 +
    targets.findIndex((target) => target.name === one.target);
  return { series: [...series.values()].sort((a, b) => order(a) - order(b)), notes };
}
