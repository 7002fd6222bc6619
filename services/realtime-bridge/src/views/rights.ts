/** Documents whose last change is remembered. */
const RECENT = 20_000;

/**
 * Whose right to see a view depends on which documents: those that rules have looked at. Knows what has changed lately, too, since a view
 * learns what its right depends on only after the docstore has looked.
 */
export class Rights<V> {
  readonly #views = new Map<string, Set<V>>();
  readonly #documents = new Map<V, readonly string[]>();
  /** Document to the time of its last change (microseconds); the longest unchanged first. */
  readonly #recent = new Map<string, number>();
  /** What has changed after this time is in `#recent`; microseconds. */
  #recentSince = 0;

  /** Replaces what a view's right depends on; paths are below its database. */
  set(view: V, database: string, paths: readonly string[]): void {
    this.delete(view);
    if (paths.length === 0) return;
    const keys = paths.map((path) => keyOf(database, path));
    this.#documents.set(view, keys);
    for (const key of keys) {
      const views = this.#views.get(key);
      if (views) views.add(view);
      else this.#views.set(key, new Set([view]));
    }
  }

  delete(view: V): void {
    for (const key of this.#documents.get(view) ?? []) {
      const views = this.#views.get(key);
      if (views?.delete(view) && views.size === 0) this.#views.delete(key);
    }
    this.#documents.delete(view);
  }

  has(database: string, path: string): boolean {
    return this.#views.has(keyOf(database, path));
  }

  /** A document has changed: calls `visit` with each view whose right depends on it. */
  onChange(database: string, path: string, time: number, visit: (view: V) => void): void {
    const key = keyOf(database, path);
    this.#recent.delete(key);
    this.#recent.set(key, time);
    if (this.#recent.size > RECENT) {
      const [oldest, at] = this.#recent.entries().next().value!;
      this.#recent.delete(oldest);
      this.#recentSince = Math.max(this.#recentSince, at);
    }
    this.#views.get(key)?.forEach(visit);
  }

  /** Commits up to this time were not seen. */
  onGap(time: number): void {
    this.#recentSince = Math.max(this.#recentSince, time);
  }

  /** Whether one of the documents may have changed after `time`. */
  mayHaveChanged(database: string, paths: readonly string[], time: number): boolean {
    if (paths.length === 0) return false;
    if (time < this.#recentSince) return true;
    return paths.some((path) => (this.#recent.get(keyOf(database, path)) ?? 0) > time);
  }

  /** Entries of the index; 0 when every view has left. */
  get size(): number {
    return this.#views.size;
  }
}

const keyOf = (database: string, path: string): string => `${database}\0${path}`;
