import type { Constraint } from '../values/constraint.ts';
import { contains, equal } from '../values/equality.ts';
import { type EvaluationError, unknownError } from '../values/error.ts';
import { compare, holds, type Inequality } from '../values/order.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { List, Value } from '../values/value.ts';

/** Whether `field operator other` follows from what is known of the field. */
export function constraintCompares(
  field: Constraint,
  operator: Inequality,
  other: Value,
): boolean | EvaluationError {
  const decided = field.decide(({ comparator, value }) => {
    if (comparator === 'contains' || comparator === '!=') return undefined;
    const order = compare(value, other);
    if (order === undefined || Number.isNaN(order)) return undefined;
    if (comparator === '==') return holds(operator, order);
    const goesUp = comparator === '>' || comparator === '>=';
    const asksUp = operator === '>' || operator === '>=';
    const isBeyond = goesUp ? order > 0 : order < 0;
    const isEdgeOut = comparator === '>' || comparator === '<';
    const isEdgeAsked = operator === '>=' || operator === '<=';
    // `a > 5` implies `a > 1`; it also implies that `a < 1` fails.
    if (goesUp === asksUp) return isBeyond || (order === 0 && (isEdgeOut || isEdgeAsked)) ? true : undefined;
    return isBeyond || (order === 0 && (isEdgeOut || !isEdgeAsked)) ? false : undefined;
  });
  return decided ?? unknownError;
}

/** Whether the field, a list, has an element. */
export const constraintHas = (field: Constraint, element: Value): true | EvaluationError =>
  field.elements.some((known) => equal(known, element, 'element') === true) ? true : unknownError;

export const constraintHasAny = (field: Constraint, elements: List): true | EvaluationError =>
  field.elements.some((known) => contains(elements, known, 'element') === true) ? true : unknownError;

export const constraintHasAll = (field: Constraint, elements: List): true | EvaluationError =>
  elements.every((element) => constraintHas(field, element) === true) ? true : unknownError;

/** Whether the field is of a type: a range holds values of its own type only. */
export function constraintIs(field: Constraint, type: string): boolean | EvaluationError {
  const decided = field.decide(({ comparator, value }) => {
    if (comparator === 'contains') return type === 'list';
    if (comparator === '!=') return undefined;
    const known = typeOfValue(value);
    if (known !== 'int' && known !== 'float') return known === type;
    if (type === 'number') return true;
    return type === 'int' || type === 'float' ? undefined : false;
  });
  return decided ?? unknownError;
}
