import type { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import type { Handlers } from '@telestack/rpc';
import type { Docstore } from './context.ts';
import { authorizeTarget } from './rpc/authorize-target.ts';
import { batchGetDocuments } from './rpc/batch-get-documents.ts';
import { batchWrite } from './rpc/batch-write.ts';
import { beginTransaction, rollback } from './rpc/begin-transaction.ts';
import { clearDatabase } from './rpc/clear-database.ts';
import { commit } from './rpc/commit.ts';
import { getDocument } from './rpc/get-document.ts';
import { listCollectionIds } from './rpc/list-collection-ids.ts';
import { listDocuments } from './rpc/list-documents.ts';
import { partitionQuery } from './rpc/partition-query.ts';
import { readTarget } from './rpc/read-target.ts';
import { runAggregationQuery } from './rpc/run-aggregation-query.ts';
import { runQueryRpc } from './rpc/run-query.ts';
import { writeStream } from './rpc/write.ts';
import { createDocument, deleteDocument, updateDocument } from './rpc/write-document.ts';

/** Every method of the contract; one file each in rpc/. */
export function handlers(docstore: Docstore): Handlers<typeof DocstoreDefinition> {
  return {
    getDocument: (request, context) => getDocument(docstore, request, context),
    listDocuments: (request, context) => listDocuments(docstore, request, context),
    createDocument: (request, context) => createDocument(docstore, request, context),
    updateDocument: (request, context) => updateDocument(docstore, request, context),
    deleteDocument: (request, context) => deleteDocument(docstore, request, context),
    batchGetDocuments: (request, context, out) => batchGetDocuments(docstore, request, context, out),
    beginTransaction: (request, context) => beginTransaction(docstore, request, context),
    commit: (request, context) => commit(docstore, request, context),
    rollback: (request, context) => rollback(docstore, request, context),
    runQuery: (request, context, out) => runQueryRpc(docstore, request, context, out),
    runAggregationQuery: (request, context, out) => runAggregationQuery(docstore, request, context, out),
    partitionQuery: (request, context) => partitionQuery(docstore, request, context),
    write: (requests, context, out) => writeStream(docstore, requests, context, out),
    listCollectionIds: (request, context) => listCollectionIds(docstore, request, context),
    batchWrite: (request, context) => batchWrite(docstore, request, context),
    readTarget: (request, context, out) => readTarget(docstore, request, context, out),
    authorizeTarget: (request, context) => authorizeTarget(docstore, request, context),
    clearDatabase: (request, context) => clearDatabase(docstore, request, context),
  };
}
