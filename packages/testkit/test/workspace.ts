import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface Import {
  /** From the repository's root. */
  file: string;
  /** "@telestack/pg". */
  target: string;
  /** In a test, a benchmark or their helpers: development dependencies will do. */
  isTest: boolean;
}

export interface Workspace {
  kind: 'packages' | 'services';
  name: string;
  /** The project's own packages among the declared ones. */
  dependencies: string[];
  devDependencies: string[];
  imports: Import[];
  /** "file imports path" for relative imports that leave the package. */
  escapes: string[];
  files: { file: string; lines: number }[];
}

const ROOT = join(import.meta.dirname, '../../..');
// Specifiers of import and export declarations, import(), and import types. Text in comments that looks like one counts too.
const SPECIFIER = /\b(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** All packages and services of the repository, with what their files import; generated code aside. */
export function readWorkspace(): Workspace[] {
  const inFolders = (['packages', 'services'] as const).flatMap((kind) =>
    readdirSync(join(ROOT, kind))
      .filter((folder) => existsSync(join(ROOT, kind, folder, 'package.json')))
      .map((folder) => readPackage(kind, join(ROOT, kind, folder))),
  );
  // The operator is a process of its own, as services are.
  return [...inFolders, readPackage('services', join(ROOT, 'operator'))];
}

function readPackage(kind: Workspace['kind'], folder: string): Workspace {
  const json = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: object;
    devDependencies?: object;
  };
  const own = (declared: object | undefined) =>
    Object.keys(declared ?? {}).filter((name) => name.startsWith('@telestack/'));
  const workspace: Workspace = {
    kind,
    name: json.name,
    dependencies: own(json.dependencies),
    devDependencies: own(json.devDependencies),
    imports: [],
    escapes: [],
    files: [],
  };
  const isGeneratedOrForeign = (path: string) => /(^|\/)(node_modules|gen)(\/|$)/.test(path);
  for (const path of globSync('**/*.ts', { cwd: folder, exclude: isGeneratedOrForeign })) {
    readSource(workspace, folder, path);
  }
  return workspace;
}

function readSource(workspace: Workspace, folder: string, path: string): void {
  const text = readFileSync(join(folder, path), 'utf8');
  const file = relative(ROOT, join(folder, path));
  workspace.files.push({ file, lines: text.split('\n').length - 1 });
  for (const [, specifier] of text.matchAll(SPECIFIER)) {
    const target = /^@telestack\/[^/]+/.exec(specifier!)?.[0];
    if (target !== undefined) workspace.imports.push({ file, target, isTest: !path.startsWith('src/') });
    const leaves = specifier!.startsWith('.') && join(dirname(path), specifier!).startsWith('..');
    if (leaves) workspace.escapes.push(`${file} imports ${specifier}`);
  }
}

/** A way from some package back to itself, or [] when there is none. */
export function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (done.has(name)) return [];
    for (const next of graph.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle.length > 0) return cycle;
    }
    done.add(name);
    return [];
  };
  for (const name of graph.keys()) {
    const cycle = visit(name, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
