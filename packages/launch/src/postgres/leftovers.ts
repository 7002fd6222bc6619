import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
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
 * server processes that survived their postmaster (they hold its shared memory), and a pid file whose number belongs to another
 * program by now, which PostgreSQL would take for a running postmaster.
 */
export async function clearLeftovers(folder: string, log: Log): Promise<void> {
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
