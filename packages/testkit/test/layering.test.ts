import { describe, expect, test } from 'vitest';
import { findCycle, readWorkspace, type Workspace } from './workspace.ts';

const MAX_LINES = 400;

/** Packages that know nothing of documents, queries or rules, and so import none that does. */
const WITHOUT_DOMAIN = [
  'errors',
  'json',
  'config',
  'rpc',
  'http',
  'proto-json',
  'pg',
  'bus',
  'launch',
  'runtime',
  'telemetry',
  'controller',
  'kubekit',
];
const DOMAIN = ['values', 'query', 'rules', 'protos'];
/** What a package may import besides itself, where the design says so: the arrows of values <- query <- rules. */
const ALLOWED: Record<string, readonly string[]> = {
  errors: [],
  json: [],
  config: ['errors'],
  rpc: ['errors'],
  http: ['errors', 'json', 'rpc'],
  values: ['errors'],
  protos: ['values'],
  'proto-json': ['errors', 'json'],
  query: ['errors', 'protos', 'values'],
  rules: ['errors', 'protos', 'query', 'values'],
};

const workspaces = readWorkspace();
const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
const services = new Set(workspaces.filter(({ kind }) => kind === 'services').map(({ name }) => name));

/** "file imports target" for each import of sources that `isOffence` is true for. */
function offences(isOffence: (from: Workspace, to: string) => boolean): string[] {
  return workspaces.flatMap((from) =>
    from.imports
      .filter(({ isTest, target }) => !isTest && target !== from.name && isOffence(from, target))
      .map(({ file, target }) => `${file} imports ${target}`),
  );
}

describe('imports', () => {
  test('there is something to check', () => {
    expect(workspaces.length).toBeGreaterThan(5);
    expect(workspaces.flatMap(({ imports }) => imports).length).toBeGreaterThan(20);
  });

  test('what is imported is declared in the package.json', () => {
    const undeclared = workspaces.flatMap((workspace) =>
      workspace.imports
        .filter(({ target, isTest }) => {
          const declared = isTest
            ? [...workspace.dependencies, ...workspace.devDependencies]
            : workspace.dependencies;
          return target !== workspace.name && !declared.includes(target);
        })
        .map(({ file, target }) => `${file} imports ${target}`),
    );
    expect(undeclared).toEqual([]);
  });

  test('what is declared exists', () => {
    const missing = workspaces.flatMap(({ name, dependencies, devDependencies }) =>
      [...dependencies, ...devDependencies]
        .filter((target) => !byName.has(target))
        .map((target) => `${name} declares ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('another package’s files are reached through its name, not by path', () => {
    expect(workspaces.flatMap(({ escapes }) => escapes)).toEqual([]);
  });

  test('arrows point the way of the design', () => {
    const short = (name: string) => name.replace('@telestack/', '');
    expect(
      offences((from, to) => {
        const allowed = ALLOWED[short(from.name)];
        return allowed !== undefined && !allowed.includes(short(to));
      }),
    ).toEqual([]);
    expect(
      offences((from, to) => WITHOUT_DOMAIN.includes(short(from.name)) && DOMAIN.includes(short(to))),
    ).toEqual([]);
  });

  test('packages do not import services, nor sources the testkit', () => {
    expect(offences((from, to) => from.kind === 'packages' && services.has(to))).toEqual([]);
    expect(offences((_from, to) => to === '@telestack/testkit')).toEqual([]);
  });

  test('a service does not import another; only the platform puts them together', () => {
    expect(
      offences(
        (from, to) => services.has(from.name) && services.has(to) && from.name !== '@telestack/platform',
      ),
    ).toEqual([]);
  });

  test('packages do not go in circles', () => {
    const graph = new Map(
      workspaces.map(({ name, imports }) => [
        name,
        new Set(
          imports.filter(({ isTest, target }) => !isTest && target !== name).map(({ target }) => target),
        ),
      ]),
    );
    expect(findCycle(graph)).toEqual([]);
  });
});

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = workspaces.flatMap(({ files }) =>
    files.filter(({ lines }) => lines > MAX_LINES).map(({ file, lines }) => `${file}: ${lines} lines`),
  );
  expect(long).toEqual([]);
});

describe('the search for circles', () => {
  const graph = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));

  test('finds one and names it', () => {
    expect(findCycle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c', 'b']);
  });
  test('two ways to one package are none', () => {
    expect(findCycle(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toEqual([]);
  });
});
