import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned, lockFolder } from './folder-lock.ts';
import type { Log } from './log.ts';
import { clearMinioLeftovers } from './minio/server.ts';
import { clearNatsLeftovers } from './nats/server.ts';
import { clearLeftovers } from './postgres/leftovers.ts';
import { endProcesses, processesIn } from './processes.ts';

export interface TempFolder {
  path: string;
  /** Removes it; so does the end of the process. */
  remove(): void;
}

/** A folder for servers that are thrown away. First clears away those whose process was killed: servers, then folder. */
export async function makeTempFolder(prefix: string, log: Log): Promise<TempFolder> {
  await sweep(prefix, log);
  const path = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL's user must be able to pass through.
  chmodSync(path, 0o711);
  const lock = lockFolder(path);
  const remove = () => {
    process.removeListener('exit', remove);
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    lock.release();
  };
  process.once('exit', remove);
  return { path, remove };
}

/** The names that launchers give their folders inside a temporary one. */
export const POSTGRES_FOLDER = 'postgres';
export const NATS_FOLDER = 'nats';
export const MINIO_FOLDER = 'minio';
export const KUBERNETES_FOLDER = 'kubernetes';

const LEFTOVERS_STOP = [{ signal: 'SIGKILL', waitMs: 5_000 }] as const;

async function sweep(prefix: string, log: Log): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    if (!name.startsWith(prefix) || !isAbandoned(path)) continue;
    log(`Removing ${path}, which was left behind`);
    await clearLeftovers(join(path, POSTGRES_FOLDER, 'data'), undefined, log);
    await clearMinioLeftovers(join(path, MINIO_FOLDER), log);
    await clearNatsLeftovers(join(path, NATS_FOLDER), log);
    await endProcesses(processesIn(join(path, KUBERNETES_FOLDER)), LEFTOVERS_STOP);
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
