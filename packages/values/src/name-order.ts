import { numericId } from './identifiers.ts';
import { compareLists } from './lists.ts';
import { storedPath } from './stored-name.ts';
import { compareText } from './text.ts';

/** Ids like `__id7__` are numbers: by value, and before all other ids. */
function compareIds(a: string, b: string): number {
  const x = numericId(a);
  const y = numericId(b);
  if (x === undefined && y === undefined) return compareText(a, b);
  if (x === undefined) return 1;
  if (y === undefined) return -1;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Order of documents by name, or by path in one database: segment by segment; a prefix is smaller. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : compareLists(a.split('/'), b.split('/'), compareIds);
}

/**
 * Text whose UTF-8 byte order is the order of document paths: the stored path with U+0001 U+0001 between its segments. As
 * `telestack.path_key` in PostgreSQL.
 */
export function pathKey(path: string): string {
  return storedPath(path).replaceAll('/', '\x01\x01');
}
