import { randomBytes } from 'node:crypto';
import { invalidArgument } from '@telestack/errors';
import type { DocumentMask, Precondition } from '@telestack/protos/google/firestore/v1/common.ts';
import type {
  CreateDocumentRequest,
  DeleteDocumentRequest,
  UpdateDocumentRequest,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import type { CallContext } from '@telestack/rpc';
import {
  checkCollectionId,
  checkDocumentId,
  type Document,
  parseDocumentName,
  parseParent,
} from '@telestack/values';
import { type ParsedWrite, parseWrite } from '../commit/operation.ts';
import type { CommitResult } from '../commit/request.ts';
import { checkWrites } from '../commit/writes.ts';
import type { Docstore } from '../context.ts';
import { readDocuments } from '../read/lookup.ts';
import { toDocument } from '../read/row.ts';
import { masked, parseMask } from './mask.ts';

type Caller = Pick<CallContext, 'principal' | 'traceparent'>;

/** Writes one document and answers with it as it is then, reduced to the mask. */
export async function createDocument(
  docstore: Docstore,
  request: CreateDocumentRequest,
  caller: Caller,
): Promise<Document> {
  const { collectionId, documentId } = request;
  if (collectionId !== '') checkCollectionId(collectionId);
  if (documentId !== '') checkDocumentId(documentId);
  if (request.document && request.document.name !== '')
    throw invalidArgument('document.name must not be set');
  const parent = parseParent(request.parent);
  if (collectionId === '') throw invalidArgument('collectionId is the empty string.');
  const name = `${request.parent}/${collectionId}/${documentId || generateId()}`;
  const document: Document = { ...emptyDocument(), ...request.document, name };
  return writeAndRead(
    docstore,
    parent.database,
    update(document, undefined, { exists: false }),
    request.mask,
    caller,
  );
}

export async function updateDocument(
  docstore: Docstore,
  request: UpdateDocumentRequest,
  caller: Caller,
): Promise<Document> {
  const document = request.document ?? emptyDocument();
  const { database } = parseDocumentName(document.name);
  const change = { ...update(document, request.updateMask), currentDocument: request.currentDocument };
  return writeAndRead(docstore, database, change, request.mask, caller);
}

export async function deleteDocument(
  docstore: Docstore,
  request: DeleteDocumentRequest,
  caller: Caller,
): Promise<Empty> {
  const { database } = parseDocumentName(request.name);
  const operation: Write['operation'] = { $case: 'delete', delete: request.name };
  const change = { ...emptyWrite, operation, currentDocument: request.currentDocument };
  await write(docstore, database, parseWrite(change, database), caller);
  return Empty.create();
}

async function write(
  docstore: Docstore,
  database: string,
  change: ParsedWrite,
  caller: Caller,
): Promise<CommitResult> {
  const checks = await docstore.access.checks(caller, database);
  const { traceparent } = caller;
  return docstore.committer.commit({ database, operations: checkWrites([change]), ...checks, traceparent });
}

/** Reads at the commit's own time: what another has written since does not show. */
async function writeAndRead(
  docstore: Docstore,
  database: string,
  change: Write,
  mask: DocumentMask | undefined,
  caller: Caller,
): Promise<Document> {
  const parsed = parseWrite(change, database);
  const paths = parseMask(mask);
  const { commitTime } = await write(docstore, database, parsed, caller);
  const { documents } = await readDocuments(docstore.database, [parsed.operation.name], commitTime);
  return toDocument(database, masked(documents[0]!, paths));
}

const emptyWrite: Write = {
  operation: undefined,
  updateMask: undefined,
  updateTransforms: [],
  currentDocument: undefined,
};

function update(document: Document, updateMask: Write['updateMask'], condition?: { exists: boolean }): Write {
  const currentDocument: Precondition | undefined = condition && {
    conditionType: { $case: 'exists', exists: condition.exists },
  };
  return { ...emptyWrite, operation: { $case: 'update', update: document }, updateMask, currentDocument };
}

const emptyDocument = (): Document => ({
  name: '',
  fields: {},
  createTime: undefined,
  updateTime: undefined,
});

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id as the SDKs make them: 20 characters of 62. */
function generateId(): string {
  let id = '';
  while (id.length < 20) {
    // 248 is the largest multiple of 62 in a byte: no character is favoured.
    for (const byte of randomBytes(32)) if (byte < 248 && id.length < 20) id += ALPHABET[byte % 62];
  }
  return id;
}
