import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import type { LayerEntry } from './layer.ts';

const run = promisify(execFile);

/** The shared libraries, and the loader, that these programs of this machine need, at the same places. None for static programs. */
export async function librariesOf(files: readonly string[]): Promise<LayerEntry[]> {
  const found = new Set<string>();
  for (const file of files) {
    // A static program, or a script: ldd fails.
    const { stdout } = await run('ldd', [file], { timeout: 10_000 }).catch(() => ({ stdout: '' }));
    for (const [, path] of stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm))
      if (path !== undefined) found.add(path);
  }
  return [...found].sort().map((path) => ({ path: path.slice(1), from: realpathSync(path) }));
}
