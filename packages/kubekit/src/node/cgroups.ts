import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import { CGROUP } from './settings.ts';

const ROOT = '/sys/fs/cgroup';
const REMOVAL_TIMEOUT_MS = 10_000;

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

/** The groups of pods outlive their processes; those that were killed take a moment. */
export async function removeCgroups(): Promise<void> {
  const groups = [ROOT, ...hierarchies()].flatMap((root) => [join(root, CGROUP), join(root, 'k8s.io')]);
  await waitFor(async () => {
    for (const it of groups) removeGroup(it);
    return !groups.some((it) => existsSync(it));
  }, REMOVAL_TIMEOUT_MS);
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
    // Not empty yet, or not ours.
  }
}
