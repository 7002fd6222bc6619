import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const REQUIREMENTS = join(ROOT, 'e2e', 'python', 'requirements.txt');

export type Python = { python: string } | { missing: string };

/**
 * The interpreter of a virtual environment below `.cache/` that has the official client; made when it is not there. Says what is missing
 * where there is no Python or the package cannot be had.
 */
export async function pythonWithFirestore(): Promise<Python> {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(ROOT, '.cache', `python-${wanted}`);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  // Written last: an installation that was broken off is done again.
  const done = join(folder, 'installed');
  if (existsSync(done)) return { python };
  try {
    await run('python3', ['--version'], { timeout: 10_000 });
  } catch {
    return { missing: 'no python3' };
  }
  try {
    await run('python3', ['-m', 'venv', '--clear', folder], { timeout: 120_000 });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
    await run(python, pip, { timeout: 300_000 });
  } catch (error) {
    return { missing: `pip install failed: ${String(error).slice(0, 300)}` };
  }
  writeFileSync(done, '');
  return { python };
}
