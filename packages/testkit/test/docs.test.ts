import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const pages = globSync(['*.md', 'docs/**/*.md', '{bench,chaos,conformance,e2e}/*.md'], { cwd: ROOT });
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The folders of the workspace, as `npm` knows them. */
function workspaces(): string[] {
  const { workspaces: patterns } = JSON.parse(read('package.json')) as { workspaces: string[] };
  return patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).filter(hasPackage));
}

const hasPackage = (folder: string): boolean => existsSync(join(ROOT, folder, 'package.json'));

test('ARCHITECTURE.md names every package and service, and none that there is not', () => {
  const map = read('ARCHITECTURE.md');
  const missing = workspaces().filter((folder) => !map.includes(folder));
  expect(missing).toEqual([]);
  const named = [...map.matchAll(/`((?:packages|services)\/[\w-]+)/g)].map(([, folder]) => folder!);
  expect(named.filter((folder) => !hasPackage(folder))).toEqual([]);
});

test('links lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => target!)
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('documents that the code points to are there', () => {
  const sources = globSync('{packages,services,operator,scripts,bench,chaos,conformance,e2e}/**/*.{ts,sql}', {
    cwd: ROOT,
    exclude: ['**/node_modules/**', '**/gen/**'],
  });
  const broken = [...sources, ...pages].flatMap((file) =>
    [...read(file).matchAll(/(?<![\w./-])docs\/[\w/-]+\.md/g)]
      .filter(([target]) => !existsSync(join(ROOT, target)))
      .map(([target]) => `${file}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('decisions have numbers of their own', () => {
  const numbers = readdirSync(join(ROOT, 'docs/decisions')).map((file) => file.slice(0, 4));
  expect(numbers).toEqual([...new Set(numbers)]);
});
