import { invalidArgument } from '@telestack/errors';
import { databaseName, type Json } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { FieldFilter } from '../types.ts';
import { isInequality, isMembership, UNARY } from './operators.ts';
import { databaseOfReference } from './reference.ts';

/** A filter on the name compares it with names of documents of the same database. @throws INVALID_ARGUMENT */
export function checkKeyOperand({ op, value }: FieldFilter, database: string): void {
  if (isMembership(op)) {
    throw invalidArgument('the name __key__ is reserved');
  }
  if (UNARY.has(op)) throw invalidArgument('__key__ filter value must be a Key');
  const isList = op === 'in' || op === 'not-in';
  for (const name of isList ? (value as Json[]) : [value]) {
    const other = databaseOfReference(name, '__key__ filter value must be a Key');
    if (other === database) continue;
    throw invalidArgument(
      `The request was for database '${databaseName(database)}' but was attempting to access database '${databaseName(other)}'`,
    );
  }
}

/** @throws INVALID_ARGUMENT */
export function checkKeyEquality(parts: readonly FieldFilter[]): void {
  const inequalities = parts.filter(({ op }) => isInequality(op)).map(({ field }) => field);
  if (inequalities.length === 0 || inequalities.some(isNameField)) return;
  if (parts.some(({ field, op }) => isNameField(field) && (op === '==' || op === 'in'))) {
    throw invalidArgument(
      'Equality on key is not allowed if there are other inequality fields and key does not appear in inequalities.',
    );
  }
}
