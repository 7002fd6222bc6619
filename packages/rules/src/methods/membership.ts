import { contains, type Equality } from '../values/equality.ts';
import { type EvaluationError, isError } from '../values/error.ts';
import type { List } from '../values/value.ts';

/** Whether a collection has all of the values. */
export function allIn(values: List, collection: List, equality: Equality): boolean | EvaluationError {
  let open: EvaluationError | undefined;
  for (const value of values) {
    const isIn = contains(collection, value, equality);
    if (isIn === false) return false;
    if (isError(isIn)) open = isIn;
  }
  return open ?? true;
}

/** Whether a collection has one of the values. */
export function anyIn(values: List, collection: List, equality: Equality): boolean | EvaluationError {
  let open: EvaluationError | undefined;
  for (const value of values) {
    const isIn = contains(collection, value, equality);
    if (isIn === true) return true;
    if (isError(isIn)) open = isIn;
  }
  return open ?? false;
}
