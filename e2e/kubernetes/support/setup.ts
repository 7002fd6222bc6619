import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildBinaries, buildNodeBinaries, startRealCluster } from '@telestack/kubekit';
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

/** Starts control plane and node, and installs the chart as the README says. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = process.env.KUBERNETES_FOLDER;
  if (folder === undefined) throw new Error('Start it by `npm run e2e:kubernetes`.');
  const binaries = { ...(await buildBinaries(log)), ...(await buildNodeBinaries(log)) };
  const cluster = await startRealCluster({
    folder,
    binaries,
    images: (process.env.KUBERNETES_IMAGES ?? '').split(delimiter),
    log,
  });
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec '${binaries.cluster}' kubectl "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(bin, 'helm'), `#!/bin/sh\nexec '${binaries.helm}' "$@"\n`, { mode: 0o755 });
  const environment = {
    KUBECONFIG: cluster.kubeconfig,
    PATH: [bin, process.env.PATH].join(delimiter),
    METADATA_SERVER_DETECTION: 'none',
  };
  project.provide('environment', environment);
  const [install] = readmeCommands();
  log(`$ ${install}`);
  log((await runCommand('sh', ['-euc', install!], environment)).trim());
  return () => cluster.stop();
}
