import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedBinaries } from '@telestack/kubekit';

const run = promisify(execFile);

export const CHART = join(import.meta.dirname, '../../../helm/telestack');

/** Runs helm; throws with what it said. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(cachedBinaries()?.helm ?? 'helm', args, { timeout: 60_000, maxBuffer: 16e6 });
  return stdout;
}
