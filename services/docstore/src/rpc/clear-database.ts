import { permissionDenied } from '@telestack/errors';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import type { ClearDatabaseRequest } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { parseDatabaseName } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import type { Docstore } from '../context.ts';

/** Deletes everything in a database, as one commit: listeners see it at once. */
export async function clearDatabase(
  docstore: Docstore,
  request: ClearDatabaseRequest,
  { principal }: Calling,
): Promise<Empty> {
  if (principal.kind !== 'admin') throw permissionDenied('Only administrators may clear a database.');
  const { database } = parseDatabaseName(request.database);
  await docstore.database.query('DELETE FROM telestack.documents WHERE database = $1', [database]);
  return Empty.create();
}
