import {
  compareNames,
  compareValues,
  equalValues,
  type Fields,
  getField,
  type Json,
  toNumeric,
  typeRank,
} from '@telestack/values';
import { isNameField } from '../field.ts';
import { pathOf } from '../reference.ts';
import type { FieldFilter, Filter, Operator } from '../types.ts';

/** Whether a document satisfies a filter. */
export function satisfies(filter: Filter, path: string, fields: Fields): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((part) => satisfies(part, path, fields));
    case 'or':
      return filter.filters.some((part) => satisfies(part, path, fields));
    case 'field':
      return isNameField(filter.field) ? nameSatisfies(filter, path) : valueSatisfies(filter, fields);
  }
}

/**
 * Comparison is three-valued, as in SQL: null and NaN compare with nothing, not even with themselves, so `== null`, `in [null]` and
 * `not-in [null]` select nothing. Inside arrays and maps they are ordinary values. Only the unary operators ask for them.
 */
function valueSatisfies({ field, op, value: operand }: FieldFilter, fields: Fields): boolean {
  const value = getField(fields, field);
  if (value === undefined) return false;
  switch (op) {
    case 'is-null':
      return value === null;
    case 'is-not-null':
      return value !== null;
    case 'is-nan':
      return isNaNValue(value);
    case 'is-not-nan':
      return value !== null && !isNaNValue(value);
    case '==':
      return isComparable(operand) && equalValues(value, operand);
    case '!=':
      return value !== null && operand !== null && !(isComparable(operand) && equalValues(value, operand));
    case 'in':
      return isOneOf(value, operand);
    case 'not-in':
      return value !== null && !(operand as Json[]).includes(null) && !isOneOf(value, operand);
    case 'array-contains':
      return isComparable(operand) && elementsOf(value).some((element) => equalValues(element, operand));
    case 'array-contains-any':
      return elementsOf(value).some((element) => isOneOf(element, operand));
    default: {
      const sameType = typeRank(value) === typeRank(operand);
      return (
        sameType && isComparable(value) && isComparable(operand) && holds(op, compareValues(value, operand))
      );
    }
  }
}

function nameSatisfies({ op, value: operand }: FieldFilter, path: string): boolean {
  switch (op) {
    case '==':
      return path === pathOf(operand);
    case '!=':
      return path !== pathOf(operand);
    case 'in':
      return (operand as Json[]).some((name) => path === pathOf(name));
    case 'not-in':
      return !(operand as Json[]).some((name) => path === pathOf(name));
    default:
      return holds(op, compareNames(path, pathOf(operand)));
  }
}

function holds(op: Operator, order: number): boolean {
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return false;
  }
}

const elementsOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

const isOneOf = (value: Json, operands: Json): boolean =>
  isComparable(value) && (operands as Json[]).some((operand) => equalValues(value, operand));

export const isNaNValue = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Number.isNaN(toNumeric(value));

/** Null and NaN compare with nothing. */
export const isComparable = (value: Json): boolean => value !== null && !isNaNValue(value);
