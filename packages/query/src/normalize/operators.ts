import {
  StructuredQuery_FieldFilter_Operator as FieldOperator,
  StructuredQuery_UnaryFilter_Operator as UnaryOperator,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { Operator } from '../types.ts';

export const FIELD_OPERATORS: Readonly<Record<number, Operator>> = {
  [FieldOperator.LESS_THAN]: '<',
  [FieldOperator.LESS_THAN_OR_EQUAL]: '<=',
  [FieldOperator.GREATER_THAN]: '>',
  [FieldOperator.GREATER_THAN_OR_EQUAL]: '>=',
  [FieldOperator.EQUAL]: '==',
  [FieldOperator.NOT_EQUAL]: '!=',
  [FieldOperator.ARRAY_CONTAINS]: 'array-contains',
  [FieldOperator.IN]: 'in',
  [FieldOperator.ARRAY_CONTAINS_ANY]: 'array-contains-any',
  [FieldOperator.NOT_IN]: 'not-in',
};

export const UNARY_OPERATORS: Readonly<Record<number, Operator>> = {
  [UnaryOperator.IS_NAN]: 'is-nan',
  [UnaryOperator.IS_NULL]: 'is-null',
  [UnaryOperator.IS_NOT_NAN]: 'is-not-nan',
  [UnaryOperator.IS_NOT_NULL]: 'is-not-null',
};

/** Operators without an operand. */
export const UNARY: ReadonlySet<Operator> = new Set(Object.values(UNARY_OPERATORS));

const INEQUALITIES: ReadonlySet<Operator> = new Set([
  '<',
  '<=',
  '>',
  '>=',
  '!=',
  'not-in',
  'is-not-null',
  'is-not-nan',
]);

/** Operators whose field takes part in the order of the result. */
export const isInequality = (op: Operator): boolean => INEQUALITIES.has(op);

/** Operators that look at the elements of an array. */
export const isMembership = (op: Operator): boolean => op === 'array-contains' || op === 'array-contains-any';

/** At most one of these may be in a query. */
export const isNegation = (op: Operator): boolean =>
  op === '!=' || op === 'not-in' || op === 'is-not-null' || op === 'is-not-nan';

/** How Google's messages name the operators that take a list, and the most values that each takes. */
export const LIST_OPERATORS: Partial<Record<Operator, { readonly name: string; readonly most: number }>> = {
  in: { name: 'IN', most: 30 },
  'array-contains-any': { name: 'ARRAY_CONTAINS_ANY', most: 30 },
  'not-in': { name: 'NOT_IN', most: 10 },
};
