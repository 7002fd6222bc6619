import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unavailable } from '@telestack/errors';
import { lockFolder } from '../folder-lock.ts';
import type { Log } from '../log.ts';

const run = promisify(execFile);

/** A server program that is fetched where it is not installed. */
export interface Program {
  /** Of the executable, and in messages. */
  readonly name: string;
  /** The version that is fetched; part of the cached file's name. */
  readonly version: string;
  /** What to set instead of having the program: "NATS_URL". */
  readonly insteadOf: string;
  /** True when this executable will do. */
  isUsable(file: string): Promise<boolean>;
  /** Ways to get it into a folder, best first; each resolves to the executable's path. */
  readonly sources: readonly (readonly [
    how: string,
    obtain: (folder: string, signal?: AbortSignal) => Promise<string>,
  ])[];
}

/** The program's path where it is at hand: on PATH if recent enough, else in the cache. */
export async function installedProgram(program: Program): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, program.name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere && (await program.isUsable(file))) return file;
  }
  const cached = cachedFile(program);
  return existsSync(cached) && (await program.isUsable(cached)) ? cached : undefined;
}

/** The program's path, fetched and cached where it is not at hand. UNAVAILABLE with what was tried when nothing works. */
export async function findProgram(program: Program, log: Log, signal?: AbortSignal): Promise<string> {
  const installed = await installedProgram(program);
  if (installed !== undefined) return installed;
  const lock = await lockMaking(program, signal);
  try {
    // Another process may have made it meanwhile.
    return (await installedProgram(program)) ?? (await makeProgram(program, log, signal));
  } finally {
    lock.release();
  }
}

const POLL_MS = 500;

/** One process at a time fetches or builds a program; the others wait for it. */
async function lockMaking(
  { name, version }: Program,
  signal: AbortSignal | undefined,
): Promise<{ release(): void }> {
  const folder = join(cacheFolder(), `.${name}-${version}.making`);
  await mkdir(folder, { recursive: true });
  for (;;) {
    signal?.throwIfAborted();
    try {
      return lockFolder(folder);
    } catch {
      await delay(POLL_MS, undefined, { signal });
    }
  }
}

async function makeProgram(program: Program, log: Log, signal: AbortSignal | undefined): Promise<string> {
  const failures: string[] = [];
  for (const [how, obtain] of program.sources) {
    signal?.throwIfAborted();
    const workFolder = join(cacheFolder(), `.${randomUUID()}`);
    try {
      log(`${program.name} ${program.version} is not here yet: ${how}`);
      await mkdir(workFolder);
      const binary = await obtain(workFolder, signal);
      if (!(await program.isUsable(binary))) throw new Error('it does not run');
      // Moved when complete: another process may look for it at the same time.
      await rename(binary, cachedFile(program));
      return cachedFile(program);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`${program.name}: ${how} failed: ${reason.split('\n')[0]}`);
      failures.push(`${how}: ${reason}`);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
  throw unavailable(
    `No ${program.name}. Install it, or set ${program.insteadOf} to use another one. Tried:\n${failures.join('\n')}`,
  );
}

/** Where fetched programs are kept: $XDG_CACHE_HOME/telestack or ~/.cache/telestack. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'telestack');
}

/** What `file --version` says; '' when it does not run. */
export async function versionText(file: string): Promise<string> {
  return run(file, ['--version'], { timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** Builds `module` ("path@version") with Go's toolchain; resolves to the executable `name` in the folder. */
export async function buildWithGo(
  module: string,
  name: string,
  folder: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  await run('go', ['install', module], {
    cwd: folder,
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath', CGO_ENABLED: '0' },
    timeout: timeoutMs,
    signal,
    maxBuffer: 16 * 1024 * 1024,
  });
  return join(folder, name);
}

function cachedFile({ name, version }: Program): string {
  return join(cacheFolder(), `${name}-${version}`);
}
