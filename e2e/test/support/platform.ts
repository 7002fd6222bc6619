import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the server under test; empty when there is none. */
    target: string;
    /** True for a server that lacks what production has (Google's emulator). */
    emulator: boolean;
  }
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const START = join(ROOT, 'scripts', 'start.ts');
const START_SECONDS = 120;
const STOP_SECONDS = 20;

async function waitForReady(child: ChildProcess, path: string, output: () => string): Promise<string> {
  const end = performance.now() + START_SECONDS * 1000;
  while (performance.now() < end) {
    if (child.exitCode !== null)
      throw new Error(`the platform ended with code ${child.exitCode}:\n${output()}`);
    if (existsSync(path)) {
      const { endpoints } = JSON.parse(readFileSync(path, 'utf8')) as { endpoints: Record<string, string> };
      if (endpoints.firestore) return endpoints.firestore.replace(/^\w+:\/\//, '');
    }
    await delay(50);
  }
  throw new Error(`the platform was not ready after ${START_SECONDS} s:\n${output()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await gone;
  clearTimeout(timer);
}

/**
 * Finds or starts the server for all test files: `TARGET=host:port` names a running one (`TARGET_IS=emulator` for
 * Google's); else the platform is started as a user would, on a free port with data that is thrown away.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TARGET;
  project.provide('emulator', process.env.TARGET_IS === 'emulator');
  if (given !== undefined || !existsSync(START)) {
    if (!given) console.warn('skipped: no TARGET, and no platform to start');
    project.provide('target', given ?? '');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'telestack-e2e-'));
  const ready = join(folder, 'ready.json');
  // The script itself rather than its npm wrapper: the signal at the end must reach the platform.
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', START, '--port', '0', '--ephemeral', '--ready-file', ready],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const teardown = async () => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    project.provide('target', await waitForReady(child, ready, () => output));
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}
