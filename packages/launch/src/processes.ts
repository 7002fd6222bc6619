import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { waitUntil } from './wait.ts';

/** True while a process with this id exists (a zombie counts as gone). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

/**
 * The process's command line, arguments separated by spaces; '' when it cannot be told. An id alone proves nothing: it may have
 * been given to another process since it was written down.
 */
export function commandOf(pid: number): string {
  if (process.platform === 'linux') {
    return tryRead(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
  }
  return ps(pid, 'command=');
}

/** What tells this process from a later one with the same id; '' when it cannot be told. */
export function startTimeOf(pid: number): string {
  if (process.platform === 'linux') return statFields(pid)[19] ?? '';
  return ps(pid, 'lstart=');
}

/** Ids of the processes whose working directory is `folder` (a real path). Linux only; elsewhere none are found. */
export function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => tryRead(() => readlinkSync(`/proc/${pid}/cwd`)) === folder);
}

/** Sends signals in turn, each with its time to work; true when all processes are gone. */
export async function endProcesses(
  pids: readonly number[],
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<boolean> {
  let left = pids.filter(isAlive);
  for (const { signal, waitMs } of steps) {
    for (const pid of left) trySignal(pid, signal);
    await waitUntil(() => {
      left = left.filter(isAlive);
      return left.length === 0;
    }, waitMs);
    if (left.length === 0) return true;
  }
  return left.length === 0;
}

export function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function processState(pid: number): string {
  return process.platform === 'linux' ? (statFields(pid)[0] ?? '') : ps(pid, 'state=').slice(0, 1);
}

/** Fields of /proc/PID/stat from the third (state) on; the second may hold spaces. */
function statFields(pid: number): string[] {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
}

function ps(pid: number, column: string): string {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', timeout: 2_000 });
  return result.status === 0 ? result.stdout.trim() : '';
}

function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
