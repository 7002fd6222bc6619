// `npm test`: fetches what tests need, then formatting, lint, types, and all tests. Arguments go to vitest: `npm test -- packages/pg`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findMinio, findNatsServer } from '@telestack/launch';

const root = join(import.meta.dirname, '..');

interface Stage {
  name: string;
  /** Resolves to true when the stage is passed. */
  run: () => Promise<boolean>;
}

// Where MinIO is neither installed nor cached, it is built, which takes minutes: all that does not need it goes on beside that.
const minio = findMinio(console.log);
minio.catch(() => {});

/** Tests that need an S3 server are named for it. */
const NEEDS_S3 = '.s3.test.ts';
const filters = process.argv.slice(2);

const scratch = mkdtempSync(join(tmpdir(), 'telestack-test-'));
/** What failed, in short: written by scripts/failures.ts, printed last. */
const failures = join(scratch, 'failures.txt');

const vitest = (...args: string[]): Promise<boolean> =>
  succeeds(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=./scripts/failures.ts',
    ...args,
  ]);

const stages: Stage[] = [
  {
    name: 'nats-server',
    run: async () => {
      console.log(await findNatsServer(console.log));
      return true;
    },
  },
  {
    // In the background: the first time it takes minutes. Tests that need it wait for it.
    name: 'kubernetes',
    run: async () => {
      spawn(process.execPath, [join(root, 'packages/kubekit/src/build.ts')], { cwd: root, stdio: 'inherit' });
      return true;
    },
  },
  { name: 'check', run: () => succeeds('npm', ['run', '--silent', 'check']) },
  ...(filters.length === 0 ? [{ name: 'tests', run: () => vitest('--exclude', `**/*${NEEDS_S3}`) }] : []),
  {
    name: 'minio',
    run: async () => {
      console.log(await minio);
      return true;
    },
  },
  filters.length === 0
    ? { name: 'tests of files', run: () => vitest(NEEDS_S3) }
    : { name: 'tests', run: () => vitest(...filters) },
];

/** Runs a program in the root folder with our own Node first on its PATH. */
function succeeds(file: string, args: string[]): Promise<boolean> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const child = spawn(file, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path, TELESTACK_TEST_FAILURES: failures },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

const summary: string[] = [];
// All stages run, whatever fails: one run tells everything that is to be mended.
for (const { name, run } of stages) {
  console.log(`\n--- ${name}`);
  const startedAt = performance.now();
  const passed = await run().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return false;
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  summary.push(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(14)} ${seconds.padStart(6)} s`);
  if (!passed) process.exitCode = 1;
}
console.log(`\n${summary.join('\n')}`);
if (existsSync(failures)) console.log(`\n${readFileSync(failures, 'utf8')}`);
rmSync(scratch, { recursive: true });
