import type { CommitRequest, CommitResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { WriteResult as ProtoWriteResult } from '@telestack/protos/google/firestore/v1/write.ts';
import type { CallContext } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { checkVerifications } from '../commit/conflicts.ts';
import type { Operation } from '../commit/operation.ts';
import type { CommitResult, WriteResult } from '../commit/request.ts';
import { parseWrites } from '../commit/writes.ts';
import type { Docstore } from '../context.ts';
import { parseToken } from '../transactions/transactions.ts';

export async function commit(
  docstore: Docstore,
  request: CommitRequest,
  context: Pick<CallContext, 'traceparent'>,
): Promise<CommitResponse> {
  const { database } = parseDatabaseName(request.database);
  checkVerifications(request.writes);
  if (request.transaction.length > 0) parseToken(request.transaction);
  const { traceparent } = context;
  if (request.transaction.length === 0) {
    const operations = parseWrites(request.writes, database);
    return toResponse(await docstore.committer.commit({ database, operations, traceparent }));
  }
  const isWriting = request.writes.length > 0;
  const operations = await parseInTransaction(docstore, request, database);
  const readSet = await docstore.transactions.end(database, request.transaction, isWriting);
  return toResponse(await docstore.committer.commit({ database, operations, readSet, traceparent }));
}

/** What is wrong with the transaction is told before what is wrong with its writes. */
async function parseInTransaction(
  { transactions }: Docstore,
  { writes, transaction }: CommitRequest,
  database: string,
): Promise<Operation[]> {
  try {
    return parseWrites(writes, database);
  } catch (thrown) {
    await transactions.checkWritable(database, transaction);
    throw thrown;
  }
}

export function toResponse(result: CommitResult): CommitResponse {
  return { writeResults: result.writes.map(toWriteResult), commitTime: result.commitTime };
}

export const toWriteResult = ({ updateTime, transformResults }: WriteResult): ProtoWriteResult => ({
  updateTime,
  transformResults: [...transformResults],
});
