import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unavailable } from '@telestack/errors';
import type { Log } from '../log.ts';
import { downloadRelease } from './release.ts';

const run = promisify(execFile);

/** The version that is fetched where none is installed. */
export const NATS_VERSION = '2.15.2';
/** JetStream as the change stream uses it (consumer flow control, `sync_interval: always`) is there from this version on. */
const LEAST = [2, 10] as const;
const BUILD_TIMEOUT_MS = 10 * 60_000;

/**
 * The path of a nats-server: on PATH if recent enough, else from the cache, else the pinned release, else built with Go's
 * toolchain, and cached. UNAVAILABLE with what was tried when none of these works.
 */
export async function findNatsServer(log: Log): Promise<string> {
  const onPath = await fromPath();
  if (onPath !== undefined) return onPath;
  const cached = join(cacheFolder(), `nats-server-${NATS_VERSION}`);
  if (existsSync(cached) && (await isUsable(cached))) return cached;

  await mkdir(cacheFolder(), { recursive: true });
  const failures: string[] = [];
  for (const [how, obtain] of [
    ['download', downloadRelease],
    ['go install', buildWithGo],
  ] as const) {
    const workFolder = join(cacheFolder(), `.${randomUUID()}`);
    try {
      log(`nats-server ${NATS_VERSION} is not here yet: ${how}`);
      await mkdir(workFolder);
      const binary = await obtain(NATS_VERSION, workFolder);
      if (!(await isUsable(binary))) throw new Error('it does not run');
      // Moved when complete: another process may look for it at the same time.
      await rename(binary, cached);
      return cached;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`nats-server: ${how} failed: ${reason.split('\n')[0]}`);
      failures.push(`${how}: ${reason}`);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
  throw unavailable(
    `No nats-server. Install it, or set NATS_URL to use another one. Tried:\n${failures.join('\n')}`,
  );
}

/** Where fetched programs are kept: $XDG_CACHE_HOME/telestack or ~/.cache/telestack. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'telestack');
}

async function fromPath(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, 'nats-server');
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere && (await isUsable(file))) return file;
  }
  return undefined;
}

async function isUsable(file: string): Promise<boolean> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
    const version = [Number(major), Number(minor)] as const;
    return version[0] > LEAST[0] || (version[0] === LEAST[0] && version[1] >= LEAST[1]);
  } catch {
    return false;
  }
}

async function buildWithGo(version: string, folder: string): Promise<string> {
  await run('go', ['install', `github.com/nats-io/nats-server/v2@v${version}`], {
    cwd: folder,
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath', CGO_ENABLED: '0' },
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  return join(folder, 'nats-server');
}
