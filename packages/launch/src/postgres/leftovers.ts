import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { commandOf, endProcesses, isAlive, processesIn } from '../processes.ts';

/** Fast shutdown, then immediate, then the hard way. */
export const POSTGRES_STOP = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** First line of postmaster.pid; undefined when there is no such file. */
export function postmasterPid(folder: string): number | undefined {
  const line = pidFileLines(folder)[0];
  return line === undefined ? undefined : Number.parseInt(line, 10) || undefined;
}

/** True when the postmaster with this id says that it takes connections (the file's eighth line, as pg_ctl reads it). */
export function isPostmasterReady(folder: string, pid: number): boolean {
  const lines = pidFileLines(folder);
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

/**
 * Ends what an earlier run has left working on the cluster, so that a new postmaster may start: a postmaster that survived us,
 * server processes that survived their postmaster (they hold its shared memory), and lock files whose number belongs to another
 * program by now, or to a dead process that nobody has waited for: PostgreSQL would take either for a running postmaster.
 * `socketDir` is a folder that holds nothing but this cluster's socket.
 */
export async function clearLeftovers(folder: string, socketDir: string | undefined, log: Log): Promise<void> {
  if (!existsSync(folder)) return;
  const path = realpathSync(folder);
  const pid = postmasterPid(folder);
  if (pid !== undefined && isAlive(pid) && isPostmasterOf(pid, path)) {
    log(`Stopping PostgreSQL of an earlier run (process ${pid})`);
    await endProcesses([pid], POSTGRES_STOP);
  }
  const orphans = processesIn(path).filter((orphan) => orphan !== process.pid);
  if (orphans.length > 0) {
    await endProcesses(orphans, [
      { signal: 'SIGQUIT', waitMs: 2_000 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ]);
  }
  const left = postmasterPid(folder);
  if (left !== undefined && !(isAlive(left) && isPostmasterOf(left, path))) {
    rmSync(join(folder, 'postmaster.pid'), { force: true });
  }
  if (postmasterPid(folder) === undefined && socketDir !== undefined && existsSync(socketDir)) {
    for (const file of readdirSync(socketDir)) rmSync(join(socketDir, file), { force: true });
  }
}

function isPostmasterOf(pid: number, path: string): boolean {
  if (process.platform === 'linux') return processesIn(path).includes(pid);
  return commandOf(pid).includes(path);
}

function pidFileLines(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}
