import { invalidArgument } from '@telestack/errors';
import type { Cursor } from '@telestack/protos/google/firestore/v1/query.ts';
import { type Json, validateValue } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Bound, Order } from '../types.ts';
import { databaseOfReference } from './reference.ts';

/**
 * A cursor over the explicit orders. `before` places it before the documents with its values, so a start then includes them and an end
 * leaves them out.
 */
export function parseCursor(
  cursor: Cursor | undefined,
  side: 'start' | 'end',
  orders: readonly Order[],
): Bound | undefined {
  if (cursor === undefined) return undefined;
  if (cursor.values.length > orders.length) throw invalidArgument('Cursor has too many values.');
  for (const value of cursor.values) validateValue(value);
  for (const name of namesIn(cursor.values, orders)) databaseOfName(name);
  return { values: cursor.values, inclusive: side === 'start' ? cursor.before : !cursor.before };
}

/** @throws INVALID_ARGUMENT when a name in a cursor is one of another database */
export function checkCursorDatabase({ values }: Bound, orders: readonly Order[], database: string): void {
  if (namesIn(values, orders).some((name) => databaseOfName(name) !== database))
    throw invalidArgument('The cursor key is in a different database than the query');
}

const namesIn = (values: readonly Json[], orders: readonly Order[]): readonly Json[] =>
  values.filter((_, i) => isNameField(orders[i]!.field));

const databaseOfName = (name: Json): string =>
  databaseOfReference(name, 'Cursor __key__ value is not a document reference.');
