import { constraintCompares } from '../proof/constrained.ts';
import { Constraint } from '../values/constraint.ts';
import { unsupportedOperation } from '../values/error.ts';
import { compare, holds, type Inequality } from '../values/order.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';

const MIRRORED: Readonly<Record<Inequality, Inequality>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const ORDERED = ['string', 'bytes', 'int', 'float', 'duration', 'timestamp'];

/** `<`, `<=`, `>` and `>=`. Strings compare by UTF-16 units, integers with floats as doubles. */
export function comparison(operator: Inequality, a: Value, b: Value): Result {
  const order = compare(a, b);
  if (order !== undefined) return holds(operator, order);
  if (a instanceof Constraint) return constraintCompares(a, operator, b);
  if (b instanceof Constraint) return constraintCompares(b, MIRRORED[operator], a);
  const pair = (left: string, right: string): string => `${left} ${operator} ${right}`;
  return unsupportedOperation(pair(typeOfValue(a), typeOfValue(b)), [
    ...ORDERED.map((type) => pair(type, type)),
    pair('constraint', 'any'),
    pair('any', 'constraint'),
  ]);
}
