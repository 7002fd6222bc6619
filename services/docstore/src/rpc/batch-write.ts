import { Code, toStatusError } from '@telestack/errors';
import type {
  BatchWriteRequest,
  BatchWriteResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { Status } from '@telestack/protos/google/rpc/status.ts';
import type { CallContext } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { checkDistinct } from '../commit/conflicts.ts';
import { parseWrites } from '../commit/writes.ts';
import type { Docstore } from '../context.ts';
import { toWriteResult } from './commit.ts';

const OK: Status = { code: Code.OK, message: '', details: [] };

/** Applies each write for itself: one that fails leaves the others alone. */
export async function batchWrite(
  docstore: Docstore,
  request: BatchWriteRequest,
  context: Pick<CallContext, 'principal' | 'traceparent'>,
): Promise<BatchWriteResponse> {
  const { database } = parseDatabaseName(request.database);
  checkDistinct(request.writes);
  const operations = parseWrites(request.writes, database);
  const { traceparent } = context;
  // Who may write nothing here learns it once.
  await docstore.access.caller(context, database);
  const results = await Promise.allSettled(
    operations.map(async (operation) => {
      const checks = await docstore.access.checks(context, database);
      return docstore.committer.commit({ database, operations: [operation], ...checks, traceparent });
    }),
  );
  return {
    writeResults: results.map((result) =>
      result.status === 'fulfilled'
        ? toWriteResult(result.value.writes[0]!)
        : { updateTime: undefined, transformResults: [] },
    ),
    status: results.map((result) => (result.status === 'fulfilled' ? OK : toStatus(result.reason))),
  };
}

function toStatus(thrown: unknown): Status {
  const { code, message } = toStatusError(thrown);
  return { code, message, details: [] };
}
