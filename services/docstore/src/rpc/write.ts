import { randomUUID } from 'node:crypto';
import { invalidArgument } from '@telestack/errors';
import type { WriteRequest, WriteResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { CallContext, Outlet } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import type { Docstore } from '../context.ts';
import { commit } from './commit.ts';

const EMPTY = new Uint8Array();

/**
 * The write stream: the first request opens it and is answered with a token alone; each further request is a commit and is answered with its
 * results. Responses come in the order of the requests. An error of a commit ends the stream with its status, which tells the SDK whether to
 * drop the batch or to send it again.
 */
export async function writeStream(
  docstore: Docstore,
  requests: AsyncIterable<WriteRequest>,
  context: CallContext,
  out: Outlet<WriteResponse>,
): Promise<void> {
  let database: string | undefined;
  let count = 0;
  const streamId = randomUUID();
  const token = () => Buffer.from(`${streamId}/${count++}`);
  for await (const request of requests) {
    if (database === undefined) {
      database = request.database;
      if (database === '') throw invalidArgument("'database' must be set on an initial write request.");
      await docstore.access.caller(context, parseDatabaseName(database).database);
      if (request.writes.length > 0)
        throw invalidArgument("'writes' must not be set on an initial write request.");
      out.send({ streamId, streamToken: token(), writeResults: [], commitTime: undefined });
      continue;
    }
    if (request.writes.length === 0) {
      // write requests without writes are the last of their stream (firestore.proto): the token is the answer.
      out.send({ streamId: '', streamToken: token(), writeResults: [], commitTime: undefined });
      return;
    }
    const { writes } = request;
    const { writeResults, commitTime } = await commit(
      docstore,
      { database, writes, transaction: EMPTY },
      context,
    );
    out.send({ streamId: '', streamToken: token(), writeResults, commitTime });
  }
}
