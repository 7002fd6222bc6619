import { IdentityError } from '../errors.ts';

/** A request's JSON object, read field by field; a field of another type is refused in the API's words, null is absent. */
export class Body {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new IdentityError('Invalid JSON payload received. The body must be an object.');
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** Of all fields, for the audit log. */
  names(): string[] {
    return Object.keys(this.#fields);
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    // Numbers and booleans as proto3's JSON readers take them for strings.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw invalid(name, 'a string');
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalid(name, 'a boolean');
  }

  /** int64 fields come as text as well. */
  int(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || value === '') return undefined;
    const number = Number(value);
    if (typeof value === 'boolean' || !Number.isSafeInteger(number)) throw invalid(name, 'an integer');
    return number;
  }

  /** Absent is empty. */
  texts(name: string): string[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
    throw invalid(name, 'a list of strings');
  }

  object(name: string): Body | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, 'an object');
    return new Body(value);
  }

  objects(name: string): Body[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw invalid(name, 'a list');
    return value.map((item) => new Body(item));
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }
}

function invalid(name: string, expected: string): IdentityError {
  return new IdentityError(`Invalid JSON payload received. ${name} should be ${expected}.`);
}
