import { notFound } from '@telestack/errors';
import type { GetDocumentRequest } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { CallContext } from '@telestack/rpc';
import { type Document, parseDocumentName } from '@telestack/values';
import { checkDocuments } from '../access/check-documents.ts';
import type { Docstore } from '../context.ts';
import { checkSelector, openConsistency } from '../read/consistency.ts';
import { readKeys } from '../read/read-keys.ts';
import { toDocument } from '../read/row.ts';
import { masked, parseMask } from './mask.ts';

export async function getDocument(
  docstore: Docstore,
  request: GetDocumentRequest,
  context: CallContext,
): Promise<Document> {
  const name = parseDocumentName(request.name);
  if (request.consistencySelector?.$case === 'readTime') checkSelector(request.consistencySelector);
  const mask = parseMask(request.mask);
  const caller = await docstore.access.caller(context, name.database);
  const consistency = await openConsistency(docstore, name.database, request.consistencySelector);
  const { documents, readTime } = await readKeys(docstore, [name], consistency, context.signal);
  await checkDocuments(docstore, caller, [name], documents, readTime);
  const document = documents[0];
  if (document === undefined) throw notFound(`Document "${request.name}" not found.`);
  return toDocument(name.database, masked(document, mask));
}
