import type { Json } from './wire.ts';

/**
 * A value with one text in place of another, in strings and in keys. Not by way of JSON text: JSON.parse of Node 24 can take one escaped key
 * for another.
 */
export function substitute(value: Json | undefined, from: string, to: string): Json {
  if (typeof value === 'string') return value.replaceAll(from, to);
  if (Array.isArray(value)) return value.map((item) => substitute(item, from, to));
  if (value === null || typeof value !== 'object') return value ?? null;
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    members.map(([key, item]) => [key.replaceAll(from, to), substitute(item, from, to)]),
  );
}
