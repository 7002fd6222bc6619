import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildBinaries, buildNodeBinaries, type RealCluster, startRealCluster } from '@telestack/kubekit';
import type { TestProject } from 'vitest/node';
import { runCommand } from './commands.ts';
import { readmeCommands } from './readme.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What `kubectl` and `helm` need in their environment. */
    environment: Readonly<Record<string, string>>;
  }
}

const log = (line: string) => console.log(`${(performance.now() / 1_000).toFixed(1).padStart(7)}  ${line}`);

/** Starts control plane and node, unless $KUBECONFIG has a cluster, and installs the chart as the README says. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = process.env.KUBERNETES_FOLDER ?? mkdtempSync(join(tmpdir(), 'telestack-kubectl-'));
  const cluster = process.env.KUBECONFIG
    ? { kubeconfig: process.env.KUBECONFIG, stop: async () => {} }
    : await startCluster(folder);
  const environment = {
    KUBECONFIG: cluster.kubeconfig,
    PATH: [await toolFolder(folder), process.env.PATH].join(delimiter),
    METADATA_SERVER_DETECTION: 'none',
  };
  project.provide('environment', environment);
  const [install] = readmeCommands();
  log(`$ ${install}`);
  log((await runCommand('sh', ['-euc', install!], environment)).trim());
  return async () => {
    // A cluster of our own goes with all that is in it.
    if (process.env.KUBECONFIG)
      await runCommand('helm', ['uninstall', 'telestack', '--namespace', 'telestack'], environment);
    await cluster.stop();
    if (process.env.KUBERNETES_FOLDER === undefined) rmSync(folder, { recursive: true });
  };
}

async function startCluster(folder: string): Promise<RealCluster> {
  const images = process.env.KUBERNETES_IMAGES;
  if (images === undefined) throw new Error('Start it by `npm run e2e:kubernetes`.');
  const binaries = { ...(await buildBinaries(log)), ...(await buildNodeBinaries(log)) };
  return startRealCluster({ folder, binaries, images: images.split(delimiter), log });
}

/** kubectl and helm of the cluster's own version, under their usual names. */
async function toolFolder(folder: string): Promise<string> {
  const { cluster, helm } = await buildBinaries(log);
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, command] of [
    ['kubectl', `'${cluster}' kubectl`],
    ['helm', `'${helm}'`],
  ] as const)
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return bin;
}
