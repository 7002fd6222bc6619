import { RulesMap } from '../values/map.ts';
import type { Value } from '../values/value.ts';

/** A map of which a query tells some members: it may have others. */
export class PartialMap extends RulesMap {
  override readonly isComplete = false;
  readonly #known: ReadonlyMap<string, Value>;

  constructor(known: ReadonlyMap<string, Value>) {
    super();
    this.#known = known;
  }

  override get(key: string): Value | undefined {
    return this.#known.get(key);
  }

  override has(key: string): boolean {
    return this.#known.has(key);
  }

  override keys(): string[] {
    return [...this.#known.keys()];
  }
}
