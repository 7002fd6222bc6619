import type { Constraint } from './constraint.ts';
import type { Duration } from './duration.ts';
import type { EvaluationError } from './error.ts';
import type { LatLng } from './latlng.ts';
import type { RulesMap } from './map.ts';
import type { MapDiff } from './map-diff.ts';
import type { Path } from './path.ts';
import type { RulesSet } from './set.ts';
import type { Timestamp } from './timestamp.ts';
import type { Vector } from './vector.ts';

/** A value of the rules language: integers are bigint, floats number, bytes Uint8Array, lists arrays. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | List
  | RulesSet
  | RulesMap
  | MapDiff
  | Path
  | Timestamp
  | Duration
  | LatLng
  | Vector
  | Constraint;

export type List = readonly Value[];

/** Errors are values: `&&` and `||` absorb one when the other side decides. */
export type Result = Value | EvaluationError;

/** Names of types as `is` and Google's messages have them. `number` is int and float. */
export const TYPE_NAMES = [
  'bool',
  'bytes',
  'constraint',
  'duration',
  'float',
  'int',
  'latlng',
  'list',
  'vector',
  'set',
  'number',
  'map',
  'string',
  'timestamp',
  'path',
  'map_diff',
] as const;
export type TypeName = (typeof TYPE_NAMES)[number] | 'null';
