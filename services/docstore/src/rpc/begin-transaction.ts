import type {
  BeginTransactionRequest,
  BeginTransactionResponse,
  RollbackRequest,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import { parseDatabaseName } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import type { Docstore } from '../context.ts';
import { beginTransaction as begin } from '../read/consistency.ts';
import { parseToken } from '../transactions/token.ts';

export async function beginTransaction(
  docstore: Docstore,
  request: BeginTransactionRequest,
  calling: Calling,
): Promise<BeginTransactionResponse> {
  const { database } = parseDatabaseName(request.database);
  await docstore.access.caller(calling, database);
  return { transaction: Buffer.from(await begin(docstore, database, request.options)) };
}

export async function rollback(
  docstore: Docstore,
  request: RollbackRequest,
  calling: Calling,
): Promise<Empty> {
  const { database } = parseDatabaseName(request.database);
  await docstore.access.caller(calling, database);
  await docstore.transactions.rollback(database, parseToken(request.transaction));
  return Empty.create();
}
