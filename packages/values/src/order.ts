import { type Fields, type Json, typeOf, type ValueType } from './json.ts';
import { compareLists } from './lists.ts';
import { mapEntries } from './members.ts';
import { compareNames } from './name-order.ts';
import { toNumeric } from './numbers.ts';
import { toBytes, toGeoPoint, toReference, toText, toVector } from './tags.ts';
import { compareText } from './text.ts';

const RANK: Record<ValueType, number> = {
  null: 0,
  boolean: 1,
  number: 2,
  timestamp: 3,
  string: 4,
  bytes: 5,
  reference: 6,
  geoPoint: 7,
  array: 8,
  vector: 9,
  map: 10,
};

/** The place of a value's type in Firestore's order; integers and doubles share one. */
export const typeRank = (value: Json): number => RANK[typeOf(value)];

/** Exact order of numbers of either kind; NaN comes first and equals itself, -0 equals 0. */
export function compareNumeric(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number of the same value are equal
  if (a == b) return 0;
  const aIsNaN = Number.isNaN(a);
  return aIsNaN === Number.isNaN(b) ? 0 : aIsNaN ? -1 : 1;
}

/** Firestore's total order of stored values: docs/spec/storage.md, "Order". Negative, zero or positive. */
export function compareValues(a: Json, b: Json): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareNumeric(a, b);
  const type = typeOf(a);
  const rank = RANK[type];
  const otherRank = typeRank(b);
  if (rank !== otherRank) return rank - otherRank;
  switch (type) {
    case 'null':
      return 0;
    case 'boolean':
      return Number(a) - Number(b);
    case 'number':
      return compareNumeric(toNumeric(a)!, toNumeric(b)!);
    case 'timestamp':
      // Stored times have one width: text order is time order.
      return compareText(String((a as Fields).$timestamp), String((b as Fields).$timestamp));
    case 'string':
      return compareText(toText(a)!, toText(b)!);
    case 'bytes':
      return Buffer.compare(toBytes(a)!, toBytes(b)!);
    case 'reference':
      return compareNames(toReference(a)!, toReference(b)!);
    case 'geoPoint': {
      const [p, q] = [toGeoPoint(a)!, toGeoPoint(b)!];
      return compareNumeric(p.latitude, q.latitude) || compareNumeric(p.longitude, q.longitude);
    }
    case 'array':
      return compareLists(a as Json[], b as Json[], compareValues);
    case 'vector': {
      const [p, q] = [toVector(a)!, toVector(b)!];
      return p.length - q.length || compareLists(p, q, compareNumeric);
    }
    case 'map':
      return compareMaps(a as Fields, b as Fields);
  }
}

/** Firestore's equality: 1 equals 1.0, NaN equals NaN, -0 equals 0. */
export const equalValues = (a: Json, b: Json): boolean => a === b || compareValues(a, b) === 0;

type Member = readonly [string, Json];

/** Members of a map in the order of their names. */
export function sortedMembers(map: Fields): Member[] {
  return mapEntries(map).sort((a, b) => compareText(a[0], b[0]));
}

function compareMaps(a: Fields, b: Fields): number {
  return compareLists(
    sortedMembers(a),
    sortedMembers(b),
    (p, q) => compareText(p[0], q[0]) || compareValues(p[1], q[1]),
  );
}
