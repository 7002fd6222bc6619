/** JSON as PostgreSQL's jsonb holds it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The stored form of a map, and of a document's fields: docs/spec/storage.md. */
export type Fields = { [key: string]: Json };

/** The reserved keys of one-key objects that stand for what JSON cannot say. */
export type Tag = '$int' | '$double' | '$timestamp' | '$bytes' | '$ref' | '$geo' | '$vector' | '$string';

/** Types as Firestore orders them; integers and doubles are one (`isInteger` tells them apart). */
export type ValueType =
  | 'null'
  | 'boolean'
  | 'number'
  | 'timestamp'
  | 'string'
  | 'bytes'
  | 'reference'
  | 'geoPoint'
  | 'array'
  | 'vector'
  | 'map';

const TYPE_OF_TAG: ReadonlyMap<string, ValueType> = new Map<Tag, ValueType>([
  ['$int', 'number'],
  ['$double', 'number'],
  ['$timestamp', 'timestamp'],
  ['$bytes', 'bytes'],
  ['$ref', 'reference'],
  ['$geo', 'geoPoint'],
  ['$vector', 'vector'],
  ['$string', 'string'],
]);

const DOLLAR = 36;

/** The only key of an object, if it has one and that starts with `$`. */
export function loneDollarKey(object: Fields): string | undefined {
  let lone: string | undefined;
  for (const key in object) {
    if (lone !== undefined || key.charCodeAt(0) !== DOLLAR) return undefined;
    lone = key;
  }
  return lone;
}

/** The tag of a tagged value; undefined for plain JSON. */
export function tagOf(value: Json): Tag | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const key = loneDollarKey(value);
  return key !== undefined && TYPE_OF_TAG.has(key) ? (key as Tag) : undefined;
}

/** What a tag holds: the text of `$ref`, the numbers of `$vector`, and so on. Undefined for plain JSON. */
export function tagged(value: Json): Json | undefined {
  const tag = tagOf(value);
  return tag === undefined ? undefined : (value as Fields)[tag];
}

export function isTag(value: Json): boolean {
  return tagOf(value) !== undefined;
}

/** Whether a value is a Firestore map (and not a tag). */
export function isMap(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && tagOf(value) === undefined;
}

/** The Firestore type of a stored value. */
export function typeOf(value: Json): ValueType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default: {
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      const tag = tagOf(value);
      return tag === undefined ? 'map' : TYPE_OF_TAG.get(tag)!;
    }
  }
}
