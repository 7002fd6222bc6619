import { RulesMap } from './map.ts';
import type { Value } from './value.ts';

/** Plain JSON, such as a token's claims; members become values when rules look at them. */
export class JsonMap extends RulesMap {
  readonly #members: { readonly [key: string]: unknown };

  constructor(members: { readonly [key: string]: unknown }) {
    super();
    this.#members = members;
  }

  override get(key: string): Value | undefined {
    return this.has(key) ? fromJson(this.#members[key]) : undefined;
  }

  override has(key: string): boolean {
    return Object.hasOwn(this.#members, key) && this.#members[key] !== undefined;
  }

  override keys(): string[] {
    return Object.keys(this.#members).filter((key) => this.has(key));
  }
}

/** Integral numbers that JSON can tell exactly are integers. */
export function fromJson(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      return Number.isSafeInteger(json) ? BigInt(json) : json;
    case 'object':
      if (json === null) return null;
      return Array.isArray(json)
        ? json.map(fromJson)
        : new JsonMap(json as { readonly [key: string]: unknown });
    default:
      return null;
  }
}
