import { numericId } from './identifiers.ts';
import { int64 } from './numbers.ts';
import { compareLists } from './order.ts';
import { sortKey } from './sort-key.ts';
import { compareText, escapeText } from './text.ts';

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
 * Text whose UTF-8 byte order is the order of document paths. Segments are separated by U+0001 U+0001. A numeric id begins with
 * the same again, below every other text; it never follows another document id, so that does not make a prefix.
 */
export function pathKey(path: string): string {
  return path.split('/').map(idKey).join('\x01\x01');
}

function idKey(id: string): string {
  const number = numericId(id);
  if (number !== undefined) return `\x01\x01${sortKey(int64(number))}`;
  return escapeText(id);
}
