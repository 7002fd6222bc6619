import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process to watch, with everything it has started. */
export interface Watched {
  name: string;
  pid: number;
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The command name may hold spaces and brackets: the fields begin after the last one.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It has ended in between.
    }
  }
  return children;
}

/** Memory of one process in MB: its own share of shared pages (PSS) where the system tells, else RSS; 0 when it is gone. */
function ownMemory(pid: number): number {
  for (const [file, field] of [
    ['smaps_rollup', 'Pss'],
    ['status', 'VmRSS'],
  ] as const) {
    try {
      const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      );
      if (match?.[1]) return Number(match[1]) / 1024;
    } catch {
      // Not permitted, or gone: try the next, which may be readable.
    }
  }
  return 0;
}

/** Memory in MB of a process and all its descendants, shared pages counted once; RSS by `ps` where there is no /proc. */
export function treeMemory(watched: readonly Watched[]): number[] {
  if (process.platform !== 'linux') {
    return watched.map(({ pid }) => {
      const text = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 });
      return Number(text.trim()) / 1024;
    });
  }
  const children = childrenByParent();
  // A watched process is a row of its own, even below another watched one.
  const roots = new Set(watched.map((one) => one.pid));
  const total = (pid: number): number =>
    ownMemory(pid) +
    (children.get(pid) ?? []).reduce((sum, child) => sum + (roots.has(child) ? 0 : total(child)), 0);
  return watched.map(({ pid }) => total(pid));
}
