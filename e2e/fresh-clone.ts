import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { findSnippet } from './test/support/snippet.ts';

const HELP = `fresh-clone: what somebody sees who has just cloned the repository
usage: node e2e/fresh-clone.ts [--port 8080] [--limit SECONDS]
  clones HEAD, runs \`npm start\`, pastes the README's snippet into a shell, stops everything with Ctrl-C
  exit code 1 when the snippet fails, or its first write comes later than the limit (default 15 s) after the command`;

const ROOT = join(import.meta.dirname, '..');
const READY_MS = 300_000;
const SNIPPET_MS = 60_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    limit: { type: 'string', default: '15' },
    help: { type: 'boolean' },
  },
});

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'telestack-clone-'));
  const clone = join(folder, 'telestack');
  let platform: ChildProcess | undefined;
  try {
    await promisify(execFile)('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const ready = join(folder, 'ready.json');
    platform = spawn('npm', ['start', '--', '--port', values.port, '--ready-file', ready], {
      cwd: clone,
      stdio: ['ignore', 'inherit', 'inherit'],
      // A group of its own, so that all of it gets the signal as from a terminal.
      detached: true,
    });
    await until(() => existsSync(ready) || platform?.exitCode !== null, READY_MS);
    if (!existsSync(ready)) throw new Error('npm start has ended');
    const readyAfter = seconds();
    const firstOutput = await paste(clone);
    const writtenAfter = readyAfter + firstOutput;
    console.log(
      `ready ${readyAfter.toFixed(1)} s after the command, first write seen after ${writtenAfter.toFixed(1)} s`,
    );
    console.log(`load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores`);
    if (writtenAfter > Number(values.limit)) throw new Error(`more than ${values.limit} s`);
    process.kill(-platform.pid!, 'SIGINT');
    const [code, signal] = (await once(platform, 'exit')) as [number | null, string | null];
    console.log(`npm start ended by ${signal ?? `code ${code}`}`);
    console.log('PASS');
  } catch (error) {
    console.log(`FAIL: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    if (platform?.exitCode === null && platform.signalCode === null) process.kill(-platform.pid!, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the snippet as a reader would; resolves to the seconds until the listener has shown what it has written. */
async function paste(clone: string): Promise<number> {
  const snippet = findSnippet(readFileSync(join(clone, 'README.md'), 'utf8'));
  if (!snippet) throw new Error('README.md has no snippet');
  const code = snippet.code.replaceAll(/\b(localhost|127\.0\.0\.1):8080\b/g, `127.0.0.1:${values.port}`);
  const started = performance.now();
  const shell = spawn('bash', ['-euc', code], { cwd: clone, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let seenAfter: number | undefined;
  shell.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('ada')) seenAfter ??= (performance.now() - started) / 1000;
  });
  const [ended] = (await Promise.race([once(shell, 'close'), delay(SNIPPET_MS, ['timeout'])])) as [unknown];
  console.log(output.trimEnd());
  if (ended !== 0 || seenAfter === undefined) throw new Error(`the snippet ended with ${ended}`);
  return seenAfter;
}

async function until(holds: () => boolean, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error('not ready in time');
    await delay(50);
  }
}

if (values.help) console.log(HELP);
else await main();
