import { createHash } from 'node:crypto';
import { Code, invalidArgument, StatusError } from '@telestack/errors';
import { CommitRequest, type CommitResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { WriteResult as ProtoWriteResult, Write } from '@telestack/protos/google/firestore/v1/write.ts';
import type { CallContext } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { CommittedBefore } from '../commit/committer.ts';
import { checkVerifications } from '../commit/conflicts.ts';
import type { Operation } from '../commit/operation.ts';
import type { CommitResult, WriteResult } from '../commit/request.ts';
import { parseWrites } from '../commit/writes.ts';
import type { Docstore } from '../context.ts';
import { findCommitted } from '../transactions/replay.ts';
import { parseToken, type Token } from '../transactions/token.ts';

export async function commit(
  docstore: Docstore,
  request: CommitRequest,
  context: Pick<CallContext, 'principal' | 'traceparent'>,
): Promise<CommitResponse> {
  const { traceparent } = context;
  const { database } = parseDatabaseName(request.database);
  checkVerifications(request.writes);
  const checks = await docstore.access.checks(context, database);
  const token = request.transaction.length > 0 ? parseToken(request.transaction) : undefined;
  if (token?.readOnly) return commitReadOnly(docstore, database, token, request.writes);
  const readSet = token && (await docstore.transactions.readSet(database, token));
  let operations: Operation[];
  try {
    operations = parseWrites(request.writes, database);
  } catch (thrown) {
    // What is wrong with the transaction is told before what is wrong with its writes.
    if (token && readSet === undefined) throw await docstore.transactions.missing(token);
    throw thrown;
  }
  if (token === undefined)
    return toResponse(await docstore.committer.commit({ database, operations, ...checks, traceparent }));
  const transaction = { id: token.id, request: hashOf(request) };
  if (readSet === undefined) {
    const result = await findCommitted(docstore, transaction, operations);
    if (result === undefined) throw await docstore.transactions.missing(token);
    return toResponse(result);
  }
  try {
    const result = await docstore.committer.commit({
      database,
      operations,
      readSet,
      transaction,
      ...checks,
      traceparent,
    });
    docstore.transactions.turns.passOn();
    return toResponse(result);
  } catch (thrown) {
    const result =
      thrown instanceof CommittedBefore ? await findCommitted(docstore, transaction, operations) : undefined;
    if (result) return toResponse(result);
    // Whether it was committed may be unknown: then it must stay, for the commit to be sent again.
    const isKnown = !(thrown instanceof StatusError && thrown.code === Code.UNAVAILABLE);
    if (isKnown) await docstore.transactions.end(token).catch(() => {});
    throw thrown;
  }
}

async function commitReadOnly(
  docstore: Docstore,
  database: string,
  token: Token,
  writes: readonly Write[],
): Promise<CommitResponse> {
  const { readTime } = await docstore.transactions.forRead(database, token.bytes);
  if (writes.length > 0) throw invalidArgument('Cannot modify entities in a read-only transaction.');
  await docstore.transactions.end(token);
  return { writeResults: [], commitTime: readTime };
}

function hashOf({ writes }: CommitRequest): string {
  const bytes = CommitRequest.encode({ database: '', transaction: new Uint8Array(), writes }).finish();
  return createHash('md5').update(bytes).digest('hex');
}

export function toResponse(result: CommitResult): CommitResponse {
  return { writeResults: result.writes.map(toWriteResult), commitTime: result.commitTime };
}

export const toWriteResult = ({ updateTime, transformResults }: WriteResult): ProtoWriteResult => ({
  updateTime,
  transformResults: [...transformResults],
});
