import { equal } from './equality.ts';
import { type EvaluationError, isError } from './error.ts';
import type { RulesMap } from './map.ts';

/** How one map differs from another: `after.diff(before)`. Each key is in exactly one list. */
export class MapDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];

  private constructor(lists: Pick<MapDiff, 'added' | 'removed' | 'changed' | 'unchanged'>) {
    this.added = lists.added;
    this.removed = lists.removed;
    this.changed = lists.changed;
    this.unchanged = lists.unchanged;
  }

  static between(after: RulesMap, before: RulesMap): MapDiff | EvaluationError {
    const keys = after.keys();
    const added = keys.filter((key) => !before.has(key));
    const removed = before.keys().filter((key) => !after.has(key));
    const changed: string[] = [];
    const unchanged: string[] = [];
    for (const key of keys) {
      const [value, other] = [after.get(key)!, before.get(key)];
      if (other === undefined) continue;
      const isEqual = equal(value, other, 'member');
      if (isError(isEqual)) return isEqual;
      (isEqual ? unchanged : changed).push(key);
    }
    return new MapDiff({ added, removed, changed, unchanged });
  }
}
