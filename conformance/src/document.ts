import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownDifferences } from './known-differences/index.ts';

/** The page that lists the accepted differences. */
export const PAGE = join(import.meta.dirname, '../../docs/conformance.md');

const BEGIN = '<!-- accepted differences -->\n';
const END = '<!-- end -->';

/** The page with the list as it is now. */
export function documented(page: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`${PAGE} has no place for the list`);
  const rows = knownDifferences.map(({ key, reason }) => `| ${key} | ${reason.replaceAll('|', '\\|')} |`);
  const table = ['| Difference | Why it is accepted |', '|---|---|', ...rows, ''].join('\n');
  return `${page.slice(0, start)}${BEGIN}${table}${page.slice(end)}`;
}

if (import.meta.main) writeFileSync(PAGE, documented(readFileSync(PAGE, 'utf8')));
