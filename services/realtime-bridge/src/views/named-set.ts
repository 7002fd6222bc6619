import type { DocumentChange } from '../feed/commit.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Difference, Leave } from './delta.ts';
import type { Result } from './result.ts';

/** Documents by name. The router knows the names, whether their documents exist or not. */
export class NamedSet implements Result {
  readonly #paths: ReadonlySet<string>;
  readonly #updateTimes = new Map<string, number>();

  constructor(paths: ReadonlySet<string>) {
    this.#paths = paths;
  }

  add(rows: readonly DocumentState[]): void {
    for (const { path, updateTime } of rows) this.#updateTimes.set(path, updateTime);
  }

  complete(): void {}

  apply(changes: readonly DocumentChange[], time: number): Difference | undefined {
    const upserts: DocumentState[] = [];
    const leaves: Leave[] = [];
    for (const { path, state } of changes) {
      if (!this.#paths.has(path)) continue;
      if (state) {
        this.#updateTimes.set(path, state.updateTime);
        upserts.push(state);
      } else if (this.#updateTimes.delete(path)) {
        leaves.push({ path, deletedAt: time, state: undefined, isMatch: false });
      }
    }
    return upserts.length + leaves.length > 0 ? { upserts, leaves } : undefined;
  }

  visible(): ReadonlyMap<string, number> {
    return this.#updateTimes;
  }

  members(): Iterable<string> {
    return [];
  }
}
