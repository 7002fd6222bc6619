import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..', '..');
export const START = join(ROOT, 'scripts', 'start.ts');
const START_SECONDS = 120;
const STOP_SECONDS = 20;

/** A running platform, as its ready file tells of it. */
export interface Platform {
  /** `host:port` */
  readonly address: string;
  readonly databaseUrl: string;
  /** The end of what it has printed. */
  output(): string;
  stop(): Promise<void>;
}

interface Ready {
  readonly endpoints: { readonly firestore?: string };
  readonly databaseUrl: string;
}

async function waitForReady(child: ChildProcess, path: string, output: () => string): Promise<Ready> {
  const end = performance.now() + START_SECONDS * 1000;
  while (performance.now() < end) {
    if (child.exitCode !== null)
      throw new Error(`the platform ended with code ${child.exitCode}:\n${output()}`);
    if (existsSync(path)) {
      const ready = JSON.parse(readFileSync(path, 'utf8')) as Ready;
      if (ready.endpoints.firestore) return ready;
    }
    await delay(50);
  }
  throw new Error(`the platform was not ready after ${START_SECONDS} s:\n${output()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await gone;
  clearTimeout(timer);
}

/** Starts the platform as a user would, on a free port with data that is thrown away. */
export async function startPlatform(
  flags: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'telestack-e2e-'));
  const ready = join(folder, 'ready.json');
  // The script itself rather than its npm wrapper: the signal at the end must reach the platform.
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      START,
      ...['--port', '0', '--ephemeral', '--ready-file', ready],
      ...flags,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  );
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { endpoints, databaseUrl } = await waitForReady(child, ready, () => output);
    const address = endpoints.firestore!.replace(/^\w+:\/\//, '');
    return { address, databaseUrl, output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
