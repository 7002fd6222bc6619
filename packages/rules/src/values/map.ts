import type { Value } from './value.ts';

/** A map from strings. */
export abstract class RulesMap {
  /** False when a query's constraints tell of some members only. */
  readonly isComplete: boolean = true;

  abstract get(key: string): Value | undefined;
  abstract has(key: string): boolean;
  /** In the order in which members came. */
  abstract keys(): string[];
}

/** A map of values at hand. */
export class LiteralMap extends RulesMap {
  readonly #members: ReadonlyMap<string, Value>;

  constructor(members: ReadonlyMap<string, Value>) {
    super();
    this.#members = members;
  }

  override get(key: string): Value | undefined {
    return this.#members.get(key);
  }

  override has(key: string): boolean {
    return this.#members.has(key);
  }

  override keys(): string[] {
    return [...this.#members.keys()];
  }
}

/** From a plain object whose values are values of the language; undefined members are left out. */
export function mapOf(members: { readonly [key: string]: Value | undefined }): RulesMap {
  const present = new Map<string, Value>();
  for (const key in members) if (members[key] !== undefined) present.set(key, members[key]);
  return new LiteralMap(present);
}
