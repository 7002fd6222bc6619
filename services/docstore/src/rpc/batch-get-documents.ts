import type {
  BatchGetDocumentsRequest,
  BatchGetDocumentsResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { CallContext, Outlet } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { checkDocuments } from '../access/check-documents.ts';
import { nameIn } from '../commit/name-in.ts';
import type { Docstore } from '../context.ts';
import { type OpenConsistency, openConsistency, resolveConsistency } from '../read/consistency.ts';
import { readKeys } from '../read/read-keys.ts';
import { toDocument } from '../read/row.ts';
import { masked, parseMask } from './mask.ts';

/** Documents that are held in memory at once. */
const CHUNK = 300;

const EMPTY = new Uint8Array();

/** Answers every requested name once, found or missing, however often it is asked for. */
export async function batchGetDocuments(
  docstore: Docstore,
  request: BatchGetDocumentsRequest,
  context: CallContext,
  out: Outlet<BatchGetDocumentsResponse>,
): Promise<void> {
  const { database } = parseDatabaseName(request.database);
  const names = new Map(request.documents.map((name) => [name, nameIn(database, name)]));
  const mask = parseMask(request.mask);
  const caller = await docstore.access.caller(context, database);
  const all = [...names];
  const resolve = all.length > 0 ? openConsistency : resolveConsistency;
  let at: OpenConsistency = {
    readWrite: undefined,
    ...(await resolve(docstore, database, request.consistencySelector)),
  };
  const { token } = at;
  const sendToken = () => token && out.send({ result: undefined, transaction: token, readTime: undefined });
  if (all.length === 0) sendToken();

  for (let i = 0; i < all.length; i += CHUNK) {
    const chunk = all.slice(i, i + CHUNK);
    const keys = chunk.map(([, key]) => key);
    const { documents, readTime, consistency } = await readKeys(docstore, keys, at, context.signal);
    await checkDocuments(docstore, caller, keys, documents, readTime);
    // Clients may use the transaction as soon as they know of it.
    if (i === 0) sendToken();
    // Later chunks must belong to the snapshot of the first.
    at = { ...consistency, readWrite: undefined };
    let room = true;
    documents.forEach((document, n) => {
      const result: BatchGetDocumentsResponse['result'] = document
        ? { $case: 'found', found: toDocument(database, masked(document, mask)) }
        : { $case: 'missing', missing: chunk[n]![0] };
      room = out.send({ result, transaction: EMPTY, readTime });
    });
    if (!room) await out.drained();
  }
}
