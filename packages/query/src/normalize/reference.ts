import { invalidArgument } from '@telestack/errors';
import { checkReference, type Json, parseDocumentName, toReference } from '@telestack/values';

/**
 * The database of the document that a value names.
 * @throws INVALID_ARGUMENT with `message` when it names none
 */
export function databaseOfReference(value: Json, message: string): string {
  const name = toReference(value);
  if (name === undefined) throw invalidArgument(message);
  checkReference(name);
  return parseDocumentName(name).database;
}
