import { Constraint } from './constraint.ts';
import { Duration } from './duration.ts';
import { LatLng } from './latlng.ts';
import { RulesMap } from './map.ts';
import { MapDiff } from './map-diff.ts';
import { Path } from './path.ts';
import { RulesSet } from './set.ts';
import { Timestamp } from './timestamp.ts';
import type { TypeName, Value } from './value.ts';
import { Vector } from './vector.ts';

/** The type of a value: never `number`. */
export function typeOfValue(value: Value): TypeName {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'string';
    default:
      return value === null ? 'null' : typeOfObject(value);
  }
}

function typeOfObject(value: Exclude<Value, null | boolean | bigint | number | string>): TypeName {
  if (value instanceof RulesMap) return 'map';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Path) return 'path';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof RulesSet) return 'set';
  if (value instanceof Duration) return 'duration';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof LatLng) return 'latlng';
  if (value instanceof MapDiff) return 'map_diff';
  if (value instanceof Vector) return 'vector';
  if (value instanceof Constraint) return 'constraint';
  throw new TypeError('no value of the rules language');
}
