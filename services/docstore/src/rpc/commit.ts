import { invalidArgument } from '@telestack/errors';
import type { CommitRequest, CommitResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { WriteResult as ProtoWriteResult } from '@telestack/protos/google/firestore/v1/write.ts';
import type { CallContext } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { parseWrite } from '../commit/operation.ts';
import type { CommitResult, WriteResult } from '../commit/request.ts';
import type { Docstore } from '../context.ts';

export async function commit(
  docstore: Docstore,
  request: CommitRequest,
  context: Pick<CallContext, 'traceparent'>,
): Promise<CommitResponse> {
  const { database } = parseDatabaseName(request.database);
  const operations = request.writes.map((write) => parseWrite(write, database));
  const { traceparent } = context;
  if (request.transaction.length === 0) {
    return toResponse(await docstore.committer.commit({ database, operations, traceparent }));
  }
  const { readOnly, ...readSet } = await docstore.transactions.end(database, request.transaction);
  if (readOnly && operations.length > 0) {
    throw invalidArgument('Cannot modify entities in a read-only transaction.');
  }
  return toResponse(await docstore.committer.commit({ database, operations, readSet, traceparent }));
}

export function toResponse(result: CommitResult): CommitResponse {
  return { writeResults: result.writes.map(toWriteResult), commitTime: result.commitTime };
}

export const toWriteResult = ({ updateTime, transformResults }: WriteResult): ProtoWriteResult => ({
  updateTime,
  transformResults: [...transformResults],
});
