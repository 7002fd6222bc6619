import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '../../..');
const TIMEOUT_MS = 330_000;

/** Runs a program in the repository's root and resolves to what it printed; throws with what it said when it fails. */
export async function runCommand(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  timeout = TIMEOUT_MS,
): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(file, args, { cwd: ROOT, env, timeout, maxBuffer: 64e6 });
  return stdout;
}
