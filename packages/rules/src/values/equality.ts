import { Constraint } from './constraint.ts';
import { Duration } from './duration.ts';
import { type EvaluationError, isError, unknownError } from './error.ts';
import { LatLng } from './latlng.ts';
import { RulesMap } from './map.ts';
import { compare, holds } from './order.ts';
import { Path } from './path.ts';
import { RulesSet } from './set.ts';
import { Timestamp } from './timestamp.ts';
import type { Value } from './value.ts';
import { Vector } from './vector.ts';

/**
 * How numbers compare. `operator` is `==`: 1 equals 1.0, but inside of lists and maps it does not. `element` is how lists look for
 * elements: 1 differs from 1.0 everywhere. `member` is how sets and diffs compare: 1 equals 1.0 everywhere. All measured with Google's
 * emulator.
 */
export type Equality = 'operator' | 'element' | 'member';

/** Whether two values are equal; an error when a query's constraint leaves it open. */
export function equal(a: Value, b: Value, equality: Equality): boolean | EvaluationError {
  if (a === b && typeof a !== 'number') return true;
  if (a instanceof Constraint) return constraintEquals(a, b);
  if (b instanceof Constraint) return constraintEquals(b, a);
  const isNumeric = (typeof a === 'bigint' || typeof a === 'number') && typeof b !== 'object';
  if (isNumeric) return equalNumbers(a, b, equality);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return equalObjects(a, b, equality === 'operator' ? 'element' : equality);
}

function equalNumbers(a: bigint | number, b: Value, equality: Equality): boolean {
  if (typeof b !== 'bigint' && typeof b !== 'number') return false;
  if (equality === 'element') return typeof a === typeof b && Object.is(a, b) && !Number.isNaN(a);
  // As doubles, where one is a float.
  return typeof a === typeof b ? a === b : Number(a) === Number(b);
}

type ObjectValue = Exclude<Value, null | boolean | bigint | number | string>;

function equalObjects(a: ObjectValue, b: ObjectValue, equality: Equality): boolean | EvaluationError {
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b, equality);
  if (a instanceof RulesMap) return b instanceof RulesMap && equalMaps(a, b, equality);
  if (a instanceof Path) return b instanceof Path && a.equals(b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof RulesSet) return b instanceof RulesSet && equalSets(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof LatLng) {
    return b instanceof LatLng && a.latitude === b.latitude && a.longitude === b.longitude;
  }
  if (a instanceof Vector) return b instanceof Vector && equalLists(a.components, b.components, equality);
  return false;
}

function equalLists(a: readonly Value[], b: readonly Value[], equality: Equality): boolean | EvaluationError {
  if (a.length !== b.length) return false;
  return allEqual(
    a.map((element, i): [Value, Value] => [element, b[i]!]),
    equality,
  );
}

function equalMaps(a: RulesMap, b: RulesMap, equality: Equality): boolean | EvaluationError {
  if (!a.isComplete || !b.isComplete) return unknownError;
  const keys = a.keys();
  if (keys.length !== b.keys().length || !keys.every((key) => b.has(key))) return false;
  return allEqual(
    keys.map((key): [Value, Value] => [a.get(key)!, b.get(key)!]),
    equality,
  );
}

function equalSets(a: RulesSet, b: RulesSet): boolean | EvaluationError {
  if (a.elements.length !== b.elements.length) return false;
  for (const element of a.elements) {
    const isMember = contains(b.elements, element, 'member');
    if (isMember !== true) return isMember;
  }
  return true;
}

function allEqual(pairs: readonly [Value, Value][], equality: Equality): boolean | EvaluationError {
  let open: EvaluationError | undefined;
  for (const [a, b] of pairs) {
    const isEqual = equal(a, b, equality);
    if (isEqual === false) return false;
    if (isError(isEqual)) open = isEqual;
  }
  return open ?? true;
}

/** Whether a list has an element. */
export function contains(
  list: readonly Value[],
  wanted: Value,
  equality: Equality,
): boolean | EvaluationError {
  let open: EvaluationError | undefined;
  for (const element of list) {
    const isEqual = equal(element, wanted, equality);
    if (isEqual === true) return true;
    if (isError(isEqual)) open = isEqual;
  }
  return open ?? false;
}

/** Whether a field of which only conditions are known equals a value. */
function constraintEquals(field: Constraint, other: Value): boolean | EvaluationError {
  if (other instanceof Constraint) return unknownError;
  const decided = field.decide(({ comparator, value }) => {
    switch (comparator) {
      case 'contains':
        return Array.isArray(other) && contains(other, value, 'member') !== false ? undefined : false;
      case '==': {
        const isEqual = equal(value, other, 'operator');
        return isError(isEqual) ? undefined : isEqual;
      }
      case '!=':
        return equal(value, other, 'operator') === true ? false : undefined;
      default: {
        const order = compare(other, value);
        // A range holds values of its own type only.
        return order !== undefined && holds(comparator, order) ? undefined : false;
      }
    }
  });
  return decided ?? unknownError;
}
