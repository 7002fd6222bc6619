import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Folders below node_modules that these workspaces need in production, as npm has installed them: dependencies of dependencies, optional ones where they
 * are there, without those for development and the workspaces' own optional ones, which are servers. Paths relative to the root; workspaces themselves are links and not among them.
 */
export function productionModules(root: string, workspaces: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies, peerDependencies } = readManifest(join(root, folder));
    const optional = folder.includes('node_modules') ? optionalDependencies : {};
    for (const name of Object.keys({ ...optional, ...peerDependencies, ...dependencies })) {
      if (name.startsWith('@telestack/')) continue;
      const at = locate(root, folder, name);
      if (at === undefined || found.has(at)) continue;
      found.add(at);
      visit(at);
    }
  };
  for (const workspace of ['', ...workspaces]) visit(workspace);
  return [...found].sort();
}

/** Where Node finds a module from a folder: in its own node_modules or in one of those above. */
function locate(root: string, folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(root, candidate, 'package.json'))) return candidate;
    // A peer that is optional, and not there.
    if (at === '' || at === '.') return undefined;
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
