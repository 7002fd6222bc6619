import {
  type Fields,
  type Json,
  mapEntries,
  toGeoPoint,
  toNumber,
  toReference,
  toText,
  toVector,
  typeOf,
} from '@telestack/values';

/**
 * A document's fields as a person would write them in JSON, which is what schemas are about: timestamps are RFC 3339 text, bytes base64,
 * references names, geopoints {latitude, longitude}, vectors arrays of numbers. NaN and the infinities stay numbers that no schema's `number` is.
 */
export function plainJson(fields: Fields): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of mapEntries(fields)) {
    // `__proto__` is a field like any other.
    Object.defineProperty(plain, key, { value: plainValue(value), enumerable: true });
  }
  return plain;
}

function plainValue(value: Json): unknown {
  switch (typeOf(value)) {
    case 'null':
    case 'boolean':
      return value;
    case 'number':
      return toNumber(value);
    case 'string':
      return toText(value);
    case 'timestamp':
      return (value as Fields).$timestamp;
    case 'bytes':
      return (value as Fields).$bytes;
    case 'reference':
      return toReference(value);
    case 'geoPoint':
      return { ...toGeoPoint(value) };
    case 'vector':
      return toVector(value);
    case 'array':
      return (value as Json[]).map(plainValue);
    case 'map':
      return plainJson(value as Fields);
  }
}
