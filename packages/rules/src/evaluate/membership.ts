import { constraintHas } from '../proof/constrained.ts';
import { Constraint } from '../values/constraint.ts';
import { contains } from '../values/equality.ts';
import { functionNotFound, nullValueError, unknownError, unsupportedOperation } from '../values/error.ts';
import { RulesMap } from '../values/map.ts';
import { RulesSet } from '../values/set.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';

/** `value in collection`: an element of a list or set, a key of a map. */
export function isMember(value: Value, collection: Value): Result {
  if (Array.isArray(collection)) return contains(collection, value, 'element');
  if (collection instanceof RulesMap) {
    if (typeof value !== 'string') {
      return unsupportedOperation(`map.in(${typeOfValue(value)})`, ['map.in(string)']);
    }
    const isKnown = collection.has(value);
    return isKnown || collection.isComplete ? isKnown : unknownError;
  }
  if (collection instanceof RulesSet) return contains(collection.elements, value, 'member');
  if (collection instanceof Constraint) return constraintHas(collection, value);
  return collection === null ? nullValueError : functionNotFound('in');
}
