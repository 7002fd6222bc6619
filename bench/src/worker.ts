import { Firestore } from '@google-cloud/firestore';
import pg from 'pg';
import { dropBaseline, prepareBaseline } from './baseline.ts';
import type { Options } from './options.ts';
import { BASELINE, type Case, type Command, type Program, type Reply } from './program.ts';

/** The project that a program writes to: programs do not see each other's data. */
export function projectOf(program: { name: string }): string {
  return `bench-${program.name}`;
}

/** Empties the program's project through the emulator's own endpoint; a server without it keeps the data. */
async function clear(host: string, project: string): Promise<void> {
  const url = `http://${host}/emulator/v1/projects/${project}/databases/(default)/documents`;
  await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(60_000) }).catch(() => {});
}

interface Runner {
  notes: string[];
  run: (command: Extract<Command, { kind: 'run' }>) => ReturnType<Case<unknown>['run']>;
  close: () => Promise<void>;
}

async function baselineRunner(cases: Case<unknown>[], options: Options): Promise<Runner> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: 64,
    connectionTimeoutMillis: 10_000,
  });
  const notes = await prepareBaseline(pool);
  return {
    notes,
    run: async (command) => {
      const baseline = cases[command.case]?.baseline;
      if (!baseline) throw new Error('this case has no baseline');
      return baseline(pool, command.budget);
    },
    close: async () => {
      await dropBaseline(pool);
      await pool.end();
    },
  };
}

async function targetRunner<State>(
  program: Program<State>,
  options: Options,
  target: { name: string; host: string },
): Promise<Runner> {
  const project = projectOf(program);
  if (!program.keepsData) await clear(target.host, project);
  const firestore = new Firestore({ projectId: project });
  const cases = program.cases(options);
  const log = (line: string) => console.error(`[${target.name}] ${line}`);
  const state = await program.prepare({ firestore, host: target.host, options, log });
  return {
    notes: [],
    run: async (command) => {
      const chosen = cases[command.case];
      if (!chosen) throw new Error(`no case ${command.case}`);
      return chosen.run(state, command.budget);
    },
    close: async () => {
      await firestore.terminate();
      if (!program.keepsData) await clear(target.host, project);
    },
  };
}

/** The body of a target's process: prepares, then runs one case for each command, until told to stop. */
export async function serveWorker<State>(
  program: Program<State>,
  options: Options,
  name: string,
): Promise<void> {
  const send = (reply: Reply) => process.send?.(reply);
  const fail = (error: unknown) =>
    send({
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  const target = options.targets.find((candidate) => candidate.name === name) ?? { name, host: '' };
  try {
    const cases = program.cases(options) as Case<unknown>[];
    const runner = await (name === BASELINE
      ? baselineRunner(cases, options)
      : targetRunner(program, options, target));
    process.on('message', (command: Command) => {
      if (command.kind === 'stop') {
        void runner.close().finally(() => process.disconnect());
        return;
      }
      runner.run(command).then((sample) => send({ kind: 'sample', sample }), fail);
    });
    send({ kind: 'ready', notes: runner.notes });
  } catch (error) {
    fail(error);
    process.disconnect();
  }
}
