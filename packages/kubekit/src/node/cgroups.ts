import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CGROUP } from './settings.ts';

const ROOT = '/sys/fs/cgroup';

/** Makes the group that all pods are in. With cgroup v1 that is one in each hierarchy, and CPUs are not inherited. */
export function makeCgroup(): void {
  const roots = hierarchies();
  if (roots.length === 0) {
    mkdirSync(join(ROOT, CGROUP), { recursive: true });
    return;
  }
  for (const root of roots) {
    const group = join(root, CGROUP);
    mkdirSync(group, { recursive: true });
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (existsSync(join(group, file))) writeFileSync(join(group, file), readFileSync(join(root, file)));
  }
}

/** The groups of pods outlive their processes. */
export function removeCgroups(): void {
  for (const root of [ROOT, ...hierarchies()]) {
    for (const name of [CGROUP, 'k8s.io']) removeGroup(join(root, name));
  }
}

/** The hierarchies of cgroup v1; none with v2. */
function hierarchies(): string[] {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((it) => it.isDirectory() && existsSync(join(ROOT, it.name, 'cgroup.procs')))
    .map((it) => join(ROOT, it.name));
}

function removeGroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const it of readdirSync(folder, { withFileTypes: true }))
    if (it.isDirectory()) removeGroup(join(folder, it.name));
  try {
    rmdirSync(folder);
  } catch {
    // Not empty: its processes are on their way out, or it is not ours. It is small.
  }
}
