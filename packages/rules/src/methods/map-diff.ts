import { method } from '../functions/signature.ts';
import type { MapDiff } from '../values/map-diff.ts';
import { setOf } from '../values/set-of.ts';

const keysOf = (name: string, select: (diff: MapDiff) => readonly string[]) =>
  method<[MapDiff]>([`map_diff.${name}()`], (diff) => setOf(select(diff)));

/** Methods of what `map.diff` returns. */
export const mapDiffMethods = {
  addedKeys: keysOf('addedKeys', ({ added }) => added),
  affectedKeys: keysOf('affectedKeys', ({ added, removed, changed }) => [...added, ...removed, ...changed]),
  changedKeys: keysOf('changedKeys', ({ changed }) => changed),
  removedKeys: keysOf('removedKeys', ({ removed }) => removed),
  unchangedKeys: keysOf('unchangedKeys', ({ unchanged }) => unchanged),
};
