import type { Random } from '../random.ts';

/** Elements after which a list is left alone, so that documents and histories stay small. */
const FULL = 40;

/**
 * The lists in use: a few keys that everybody fights over, and a few that only some clients append to, so that
 * transactions that stay open for long have a chance to commit. A list that is full gives way to a new one.
 */
export class Lists {
  readonly #pools: { hot: number[]; cold: number[] };
  #nextKey: number;
  #nextValue = 1;

  constructor(hot: number, cold: number) {
    const keys = Array.from({ length: hot + cold }, (_, key) => key);
    this.#pools = { hot: keys.slice(0, hot), cold: keys.slice(hot) };
    this.#nextKey = hot + cold;
  }

  pick(pool: 'hot' | 'cold', count: number, random: Random): number[] {
    const keys = this.#pools[pool];
    return random.distinct(count, keys.length).map((index) => keys[index]!);
  }

  /** A value that no other append has. */
  value(): number {
    return this.#nextValue++;
  }

  /** Tells how long a list was when it was read. */
  seen(key: number, length: number): void {
    if (length < FULL) return;
    for (const keys of [this.#pools.hot, this.#pools.cold]) {
      const index = keys.indexOf(key);
      if (index >= 0) keys[index] = this.#nextKey++;
    }
  }
}
