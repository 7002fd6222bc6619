import { numericId } from './identifiers.ts';
import { type Fields, type Json, typeOf } from './json.ts';
import { hex32, numberKey } from './number-key.ts';
import { toNumeric } from './numbers.ts';
import { compareValues, sortedMembers } from './order.ts';
import { toBytes, toGeoPoint, toReference, toText, toVector } from './tags.ts';
import { escapeText } from './text.ts';

const END = '\x01';
const END_OF_TEXT = '\x01\x01';

/**
 * Text whose UTF-8 byte order is the order of values: docs/spec/storage.md, "The sort key". Equal to SQL's
 * `telestack.sort_key(jsonb)`.
 */
export function sortKey(value: Json): string {
  switch (typeOf(value)) {
    case 'string':
      return `4${escapeText(toText(value)!)}`;
    case 'bytes':
      return `5${toBytes(value)!.toString('hex')}`;
    default:
      return partKey(value);
  }
}

/** What indexes hold of a sort key, in characters: SQL's `telestack.index_key`. */
const INDEX_KEY_CHARACTERS = 400;

/** The part of a sort key that indexes hold, and that results are ordered by; values that begin alike are ordered by their documents' names. */
export function indexKey(key: string): string {
  // PostgreSQL counts characters, JavaScript UTF-16 units.
  return key.length <= INDEX_KEY_CHARACTERS ? key : [...key].slice(0, INDEX_KEY_CHARACTERS).join('');
}

/** Whether an index cannot tell the value with this sort key from others that begin alike. */
export const isCut = (key: string): boolean =>
  key.length >= INDEX_KEY_CHARACTERS && [...key].length >= INDEX_KEY_CHARACTERS;

/** The order of values by what indexes hold of them: those that an index cannot tell apart are equal. */
export function compareIndexed(a: Json, b: Json): number {
  const order = compareValues(a, b);
  if (order === 0 || isShort(a) || isShort(b)) return order;
  const [left, right] = [sortKey(a), sortKey(b)];
  return isCut(left) && isCut(right) && indexKey(left) === indexKey(right) ? 0 : order;
}

/** Whose key is shorter than what indexes hold, as is seen without making it. A string's key has one character more than the string. */
const isShort = (value: Json): boolean =>
  typeof value === 'string'
    ? value.length + 1 < INDEX_KEY_CHARACTERS / 2
    : typeof value !== 'object' || value === null || '$timestamp' in value;

/** The key of a value inside a composite, where every part ends itself. */
function partKey(value: Json): string {
  const type = typeOf(value);
  switch (type) {
    case 'null':
      return '0';
    case 'boolean':
      return value === true ? '1t' : '1f';
    case 'number':
      return numberKey(toNumeric(value)!);
    case 'timestamp':
      return `3${(value as Fields).$timestamp}`;
    case 'string':
      return `4${escapeText(toText(value)!)}${END_OF_TEXT}`;
    case 'bytes':
      return `5${toBytes(value)!.toString('hex')}${END}`;
    case 'reference': {
      const segments = toReference(value)!.split('/');
      return `6${segments.map((segment) => `4${idKey(segment)}${END_OF_TEXT}`).join('')}${END}`;
    }
    case 'geoPoint': {
      const { latitude, longitude } = toGeoPoint(value)!;
      return `7${numberKey(latitude)}${numberKey(longitude)}`;
    }
    case 'array':
      return `8${(value as Json[]).map(partKey).join('')}${END}`;
    case 'vector': {
      const components = toVector(value)!;
      return `9${hex32(components.length)}${components.map(numberKey).join('')}`;
    }
    case 'map': {
      const members = sortedMembers(value as Fields);
      return `a${members.map(([key, v]) => `4${escapeText(key)}${END_OF_TEXT}${partKey(v)}`).join('')}${END}`;
    }
  }
}

/** Ids like `__id7__` are numbers and come before all others. */
function idKey(id: string): string {
  const number = numericId(id);
  return number === undefined ? escapeText(id) : `\x01\x01${numberKey(number)}`;
}
