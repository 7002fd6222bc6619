import { invalidArgument } from '@telestack/errors';
import { checkReference, type Json, parseDocumentName, toReference } from '@telestack/values';

/** Checks that a value names a document. Returns the database that it is in where that is another one. */
export function checkDocumentReference(value: Json, database: string, message: string): string | undefined {
  const name = toReference(value);
  if (name === undefined) throw invalidArgument(message);
  checkReference(name);
  const other = parseDocumentName(name).database;
  return other === database ? undefined : other;
}
