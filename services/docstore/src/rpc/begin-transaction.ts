import type {
  BeginTransactionRequest,
  BeginTransactionResponse,
  RollbackRequest,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import { parseDatabaseName } from '@telestack/values';
import type { Docstore } from '../context.ts';
import { beginTransaction as begin } from '../read/consistency.ts';
import { parseToken } from '../transactions/token.ts';

export async function beginTransaction(
  docstore: Docstore,
  request: BeginTransactionRequest,
): Promise<BeginTransactionResponse> {
  const { database } = parseDatabaseName(request.database);
  return { transaction: Buffer.from(await begin(docstore, database, request.options)) };
}

export async function rollback(docstore: Docstore, request: RollbackRequest): Promise<Empty> {
  parseDatabaseName(request.database);
  await docstore.transactions.end(parseToken(request.transaction));
  return Empty.create();
}
