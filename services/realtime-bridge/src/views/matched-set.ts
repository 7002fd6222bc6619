import { matches, type Query } from '@telestack/query';
import type { DocumentChange } from '../feed/commit.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Difference, Leave } from './delta.ts';
import type { Membership, Result } from './result.ts';

/** The result of a query without limit and offset: whether a document belongs to it depends on the document alone. */
export class MatchedSet implements Result {
  readonly #query: Query;
  readonly #membership: Membership;
  readonly #updateTimes = new Map<string, number>();

  constructor(query: Query, membership: Membership) {
    this.#query = query;
    this.#membership = membership;
  }

  add(rows: readonly DocumentState[]): void {
    for (const row of rows) this.#set(row);
  }

  complete(): void {}

  apply(changes: readonly DocumentChange[], time: number): Difference | undefined {
    const upserts: DocumentState[] = [];
    const leaves: Leave[] = [];
    for (const { path, state } of changes) {
      if (state && matches(this.#query, state)) {
        this.#set(state);
        upserts.push(state);
      } else if (this.#updateTimes.delete(path)) {
        this.#membership.delete(path);
        leaves.push({ path, deletedAt: state ? undefined : time, state, isMatch: false });
      }
    }
    return upserts.length + leaves.length > 0 ? { upserts, leaves } : undefined;
  }

  visible(): ReadonlyMap<string, number> {
    return this.#updateTimes;
  }

  members(): Iterable<string> {
    return this.#updateTimes.keys();
  }

  #set({ path, updateTime }: DocumentState): void {
    this.#updateTimes.set(path, updateTime);
    this.#membership.add(path);
  }
}
