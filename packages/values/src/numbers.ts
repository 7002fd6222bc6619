import { type Fields, type Json, tagOf } from './json.ts';

/** The stored form of a 64-bit integer. */
export function int64(value: bigint | number): Json {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : { $int: String(value) };
}

/** The stored form of a double. */
export function double(value: number): Json {
  if (!Number.isInteger(value)) return Number.isFinite(value) ? value : { $double: String(value) };
  if (Object.is(value, -0)) return { $double: '-0' };
  return { $double: Number.isSafeInteger(value) ? value : String(value) };
}

/** An integer out of a tag's text; NaN for text that is none (only a SQL writer can store that). */
function parseInt64(text: Json): bigint | number {
  try {
    return typeof text === 'string' || typeof text === 'number' ? BigInt(text) : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/**
 * A stored number, exactly: a bigint for integers beyond ±(2^53 - 1), else a number. JavaScript compares the two
 * exactly. Undefined when the value is not a number.
 */
export function toNumeric(value: Json): number | bigint | undefined {
  if (typeof value === 'number') return value;
  const tag = tagOf(value);
  if (tag === '$double') return Number((value as Fields).$double);
  if (tag === '$int') return parseInt64((value as Fields).$int!);
  return undefined;
}

/** A stored number as the nearest double; undefined when the value is not a number. */
export function toNumber(value: Json): number | undefined {
  const numeric = toNumeric(value);
  return numeric === undefined ? undefined : Number(numeric);
}

/** A number out of a geopoint or vector: JSON's own, or a text that JSON has no number for. */
export function componentOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : Number(value ?? Number.NaN);
}

/** Whether a stored number is an integer (and not a double). */
export const isInteger = (value: Json): boolean =>
  typeof value === 'number' ? Number.isSafeInteger(value) : tagOf(value) === '$int';
