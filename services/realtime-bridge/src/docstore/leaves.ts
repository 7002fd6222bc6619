import type { Leave } from '../views/delta.ts';
import type { DocstoreReader } from './reader.ts';

/** Paths that are looked up at once. */
const FETCH_SIZE = 250;

/** Documents that left a result: tells those that are gone at `readTime` (microseconds) from those that are merely out of it. */
export async function readLeaves(
  reader: DocstoreReader,
  database: string,
  paths: readonly string[],
  readTime: number,
  signal: AbortSignal,
): Promise<Leave[]> {
  const leaves: Leave[] = [];
  for (let i = 0; i < paths.length; i += FETCH_SIZE) {
    const slice = paths.slice(i, i + FETCH_SIZE);
    const found = await reader.fetchNames(database, slice, readTime, signal);
    for (const path of slice) {
      leaves.push({
        path,
        deletedAt: found.has(path) ? undefined : readTime,
        state: undefined,
        isMatch: false,
      });
    }
  }
  return leaves;
}
