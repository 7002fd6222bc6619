import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import type { ClearDatabaseRequest } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { parseDatabaseName } from '@telestack/values';
import type { Docstore } from '../context.ts';

/** Deletes everything in a database, as one commit: listeners see it at once. */
export async function clearDatabase(docstore: Docstore, request: ClearDatabaseRequest): Promise<Empty> {
  const { database } = parseDatabaseName(request.database);
  await docstore.database.query('DELETE FROM telestack.documents WHERE database = $1', [database]);
  return Empty.create();
}
