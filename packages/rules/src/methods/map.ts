import { method } from '../functions/signature.ts';
import { Constraint } from '../values/constraint.ts';
import { typeError, unknownError } from '../values/error.ts';
import { RulesMap } from '../values/map.ts';
import { MapDiff } from '../values/map-diff.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { List, Result, Value } from '../values/value.ts';

/** Methods of maps. Of a map that is known in part, only what does not depend on the rest. */
export const mapMethods = {
  diff: method<[RulesMap, RulesMap]>(['map.diff(map)'], (after, before) =>
    after.isComplete && before.isComplete ? MapDiff.between(after, before) : unknownError,
  ),
  get: method<[RulesMap, string | List, Value]>(
    ['map.get(string, any)', 'map.get(list, any)'],
    (map, key, fallback) =>
      typeof key === 'string' ? getOr(map, [key], fallback) : getOr(map, key, fallback),
  ),
  /** In the order of their UTF-16 units. */
  keys: method<[RulesMap]>(['map.keys()'], (map) => {
    if (map.isComplete) return map.keys().sort();
    return new Constraint(map.keys().map((value) => ({ comparator: 'contains', value })));
  }),
  size: method<[RulesMap]>(['map.size()'], (map) =>
    map.isComplete ? BigInt(map.keys().length) : unknownError,
  ),
  values: method<[RulesMap]>(['map.values()'], (map) =>
    map.isComplete ? map.keys().map((key) => map.get(key)!) : unknownError,
  ),
};

/** The member at the end of a chain of keys, or the fallback where the chain breaks. */
function getOr(map: RulesMap, keys: List, fallback: Value): Result {
  let value: Value = map;
  for (const key of keys) {
    if (typeof key !== 'string') return typeError(typeOfValue(key), 'string');
    if (!(value instanceof RulesMap)) return fallback;
    const member = value.get(key);
    if (member === undefined) return value.isComplete ? fallback : unknownError;
    value = member;
  }
  return value;
}
