import { invalidArgument } from '@telestack/errors';
import type { Cursor } from '@telestack/protos/google/firestore/v1/query.ts';
import { validateValue } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Bound, Order } from '../types.ts';
import { checkDocumentReference } from './reference.ts';

/**
 * A cursor over the explicit orders. `before` places it before the documents with its values, so a start then includes them and an end
 * leaves them out.
 */
export function parseCursor(
  cursor: Cursor | undefined,
  side: 'start' | 'end',
  orders: readonly Order[],
  database: string,
): Bound | undefined {
  if (cursor === undefined) return undefined;
  if (cursor.values.length > orders.length) throw invalidArgument('Cursor has too many values.');
  for (const value of cursor.values) validateValue(value);
  for (const [i, value] of cursor.values.entries()) {
    if (!isNameField(orders[i]!.field)) continue;
    if (
      checkDocumentReference(value, database, 'Cursor __key__ value is not a document reference.') !==
      undefined
    ) {
      throw invalidArgument('The cursor key is in a different database than the query');
    }
  }
  return { values: cursor.values, inclusive: side === 'start' ? cursor.before : !cursor.before };
}
