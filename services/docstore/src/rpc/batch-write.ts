import { Code, invalidArgument, toStatusError } from '@telestack/errors';
import type {
  BatchWriteRequest,
  BatchWriteResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { Status } from '@telestack/protos/google/rpc/status.ts';
import type { CallContext } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { parseWrite } from '../commit/operation.ts';
import { keyText } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import { toWriteResult } from './commit.ts';

const OK: Status = { code: Code.OK, message: '', details: [] };

/** Applies each write for itself: one that fails leaves the others alone. */
export async function batchWrite(
  docstore: Docstore,
  request: BatchWriteRequest,
  { traceparent }: Pick<CallContext, 'traceparent'>,
): Promise<BatchWriteResponse> {
  const { database } = parseDatabaseName(request.database);
  const operations = request.writes.map((write) => parseWrite(write, database));
  const documents = new Set(operations.map(({ name }) => keyText(name)));
  if (documents.size < operations.length) {
    throw invalidArgument('A document cannot be written to more than once in a batch write.');
  }
  const results = await Promise.allSettled(
    operations.map((operation) =>
      docstore.committer.commit({ database, operations: [operation], traceparent }),
    ),
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
