import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedBinaries } from '@telestack/kubekit';
import { loadAll } from 'js-yaml';

const run = promisify(execFile);

export const CHART = join(import.meta.dirname, '../../../helm/telestack');

/** Runs helm; throws with what it said. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(cachedBinaries()?.helm ?? 'helm', args, { timeout: 60_000, maxBuffer: 16e6 });
  return stdout;
}

/** Values that together switch everything on and off. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  defaults: [],
  'all switches on': [
    'nats.replicas=3',
    'nats.storage.storageClassName=simulated',
    'monitoring.dashboard.enabled=true',
    'imagePullSecrets[0].name=pull',
  ],
  'one namespace': [
    'operator.watchNamespace=apps',
    'nats.enabled=false',
    'networkPolicy.enabled=false',
    'crds.install=false',
  ],
};

/** The documents of a YAML text as they are: the client library calls fields otherwise, for the sake of its own types. */
export function readYaml(text: string): unknown[] {
  return loadAll(text);
}
