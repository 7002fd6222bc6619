import {
  type Fields,
  getMember,
  isInteger,
  type Json,
  mapEntries,
  toBytes,
  toGeoPoint,
  toMicros,
  toNumber,
  toNumeric,
  toReference,
  toText,
  toVector,
  typeOf,
} from '@telestack/values';
import { LatLng } from './latlng.ts';
import { RulesMap } from './map.ts';
import { Path } from './path.ts';
import { Timestamp } from './timestamp.ts';
import type { Value } from './value.ts';
import { Vector } from './vector.ts';

/** A stored map; members become values when rules look at them. */
export class StoredMap extends RulesMap {
  readonly fields: Fields;

  constructor(fields: Fields) {
    super();
    this.fields = fields;
  }

  override get(key: string): Value | undefined {
    const value = getMember(this.fields, key);
    return value === undefined ? undefined : fromStored(value);
  }

  override has(key: string): boolean {
    return getMember(this.fields, key) !== undefined;
  }

  override keys(): string[] {
    return mapEntries(this.fields).map(([key]) => key);
  }
}

/** The value that a stored value (docs/spec/storage.md) is to rules. A reference is a path. */
export function fromStored(value: Json): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  switch (typeOf(value)) {
    case 'number':
      return isInteger(value) ? BigInt(toNumeric(value)!) : toNumber(value)!;
    case 'array':
      return (value as Json[]).map(fromStored);
    case 'map':
      return new StoredMap(value as Fields);
    case 'string':
      return toText(value)!;
    case 'timestamp':
      return Timestamp.ofMicros(toMicros(value) ?? 0);
    case 'bytes':
      return toBytes(value)!;
    case 'reference':
      return referencePath(toReference(value)!);
    case 'geoPoint': {
      const { latitude, longitude } = toGeoPoint(value)!;
      return new LatLng(latitude, longitude);
    }
    default:
      return new Vector(toVector(value) ?? []);
  }
}

/** `projects/p/databases/d/documents/a/b` as rules write it: `/databases/d/documents/a/b`. */
const referencePath = (name: string): Path => new Path(name.split('/').slice(2));
