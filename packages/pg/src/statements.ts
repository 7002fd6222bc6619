/**
 * Which texts deserve a named prepared statement: those that come back. A text gets its name at its third use, so one-off
 * texts (filters of many shapes) do not fill the server's memory; the least recently used name goes when there are
 * more than `capacity`, and each connection that had prepared it deallocates it before its next use.
 */
export class StatementNames {
  readonly #capacity: number;
  readonly #threshold: number;
  #serial = 0;
  /** Both maps are in order of last use, oldest first. */
  readonly #seen = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #connections = new Map<object, { prepared: Set<string>; stale: string[] }>();

  constructor(capacity = 500, threshold = 3) {
    this.#capacity = capacity;
    this.#threshold = threshold;
  }

  /** The name to run `text` under on `connection`, or undefined to run it unnamed. Counts as one use. */
  nameFor(connection: object, text: string): string | undefined {
    let name = this.#names.get(text);
    if (name === undefined) {
      if (!this.#isFrequent(text)) return undefined;
      name = `ts_${++this.#serial}`;
    } else {
      this.#names.delete(text);
    }
    this.#names.set(text, name);
    this.#evict();
    this.#stateOf(connection).prepared.add(name);
    return name;
  }

  /** The names that `connection` must deallocate; they are its own no longer once this returns. */
  takeStale(connection: object): string[] {
    const state = this.#connections.get(connection);
    return state === undefined || state.stale.length === 0 ? [] : state.stale.splice(0);
  }

  /** Gives the connection's name for `text` up, after the server refused its cached plan; true if it had one. */
  forget(connection: object, text: string): boolean {
    const name = this.#names.get(text);
    const state = this.#connections.get(connection);
    if (name === undefined || state === undefined || !state.prepared.delete(name)) return false;
    state.stale.push(name);
    return true;
  }

  /** The connection is closed. */
  drop(connection: object): void {
    this.#connections.delete(connection);
  }

  #isFrequent(text: string): boolean {
    const uses = (this.#seen.get(text) ?? 0) + 1;
    this.#seen.delete(text);
    if (uses >= this.#threshold) return true;
    this.#seen.set(text, uses);
    if (this.#seen.size > this.#capacity * 2) this.#seen.delete(this.#seen.keys().next().value!);
    return false;
  }

  #evict(): void {
    if (this.#names.size <= this.#capacity) return;
    const [text, name] = this.#names.entries().next().value!;
    this.#names.delete(text);
    for (const state of this.#connections.values()) {
      if (state.prepared.delete(name)) state.stale.push(name);
    }
  }

  #stateOf(connection: object): { prepared: Set<string>; stale: string[] } {
    let state = this.#connections.get(connection);
    if (state === undefined) {
      state = { prepared: new Set(), stale: [] };
      this.#connections.set(connection, state);
    }
    return state;
  }
}
