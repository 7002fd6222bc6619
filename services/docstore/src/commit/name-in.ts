import { invalidArgument } from '@telestack/errors';
import { type DocumentName, databaseName, parseDocumentName } from '@telestack/values';

/**
 * A document's name in a request to `database` ("p/d").
 * @throws StatusError INVALID_ARGUMENT for a malformed name, or one of another database
 */
export function nameIn(database: string, name: string): DocumentName {
  const parsed = parseDocumentName(name);
  if (parsed.database === database) return parsed;
  throw invalidArgument(
    `The request was for database '${databaseName(database)}' but was attempting to access database '${databaseName(parsed.database)}'`,
  );
}
