import { numericId } from './identifiers.ts';
import { compareLists } from './lists.ts';
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
