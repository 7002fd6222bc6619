import { invalidArgument } from '@telestack/errors';
import { type Json, parseDocumentName, tagged, typeOf } from '@telestack/values';

/** Checks that a value names a document. Returns the database that it is in where that is another one. */
export function checkReference(value: Json, database: string, message: string): string | undefined {
  if (typeOf(value) !== 'reference') throw invalidArgument(message);
  const name = parseDocumentName(tagged(value) as string);
  return name.database === database ? undefined : name.database;
}
