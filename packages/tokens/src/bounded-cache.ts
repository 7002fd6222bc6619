/** A map that forgets: the least recently written beyond `capacity`, and everything after its time. */
export class BoundedCache<V> {
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, { readonly value: V; readonly until: number }>();

  constructor(capacity: number, now: () => number = Date.now) {
    this.#capacity = capacity;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param ttlMs how long it may be believed */
  set(key: string, value: V, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#now() + ttlMs });
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets what `isStale` is true for. */
  deleteWhere(isStale: (value: V) => boolean): void {
    for (const [key, { value }] of this.#entries) if (isStale(value)) this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
