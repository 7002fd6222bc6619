import { Code } from '@telestack/errors';
import type { WriteRequest } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { CallContext } from '@telestack/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizeTarget } from '../src/rpc/authorize-target.ts';
import { batchGetDocuments } from '../src/rpc/batch-get-documents.ts';
import { batchWrite } from '../src/rpc/batch-write.ts';
import { beginTransaction, rollback } from '../src/rpc/begin-transaction.ts';
import { listCollectionIds } from '../src/rpc/list-collection-ids.ts';
import { listDocuments } from '../src/rpc/list-documents.ts';
import { partitionQuery } from '../src/rpc/partition-query.ts';
import { readTarget } from '../src/rpc/read-target.ts';
import { writeStream } from '../src/rpc/write.ts';
import { createDocument, deleteDocument, updateDocument } from '../src/rpc/write-document.ts';
import { context, openDocstore, outlet, type TestDocstore } from './docstore.ts';
import { count, get, keyed, NO_TRANSACTION, queryOf, remove, run, send, set, verify } from './requests.ts';

let store: TestDocstore;
beforeAll(async () => {
  // A key is not asked what rules say: these deny everything.
  store = await openDocstore(RULES);
  const writes = ['notes/1', 'secrets/1', 'rooms/r/notes/2', 'rooms/r/secrets/2'].map((path) =>
    set(`${root}/${path}`, { n: 1 }),
  );
  await send(docstore(), context(), database, ...writes);
});
afterAll(() => store[Symbol.asyncDispose]());

const RULES =
  'service cloud.firestore { match /databases/{d}/documents/{path=**} { allow read: if false; } }';
const docstore = () => store.replicas[0]!;
const database = 'projects/p/databases/d';
const root = `${database}/documents`;

const reader = keyed({ database: 'd', collections: ['notes'], access: 'read' });
const writer = keyed({ database: 'd', collections: ['notes'], access: 'write' });
const elsewhere = keyed({ database: 'other', collections: ['*'], access: 'write' });
const other: CallContext = {
  ...reader,
  principal: {
    kind: 'apiKey',
    keyId: 'k',
    project: 'q',
    scopes: [{ database: '*', collections: ['*'], access: 'write' }],
  },
};

const plain = { mask: undefined, consistencySelector: undefined };
const page = { ...plain, pageSize: 0, pageToken: '', orderBy: '', showMissing: false };
const document = (name: string) => ({ name, fields: { n: 2 }, createTime: undefined, updateTime: undefined });
async function* messages(...requests: WriteRequest[]) {
  yield* requests;
}
const target = (collection: string) => ({
  parent: root,
  target: { $case: 'query' as const, query: queryOf(collection) },
  readTime: undefined,
  releasedTime: undefined,
  namesOnly: false,
});
const documentTarget = (collection: string) => ({
  ...target(collection),
  target: { $case: 'documents' as const, documents: { names: [`${root}/${collection}/1`] } },
});

type Call = (who: CallContext, collection: string) => Promise<unknown>;

const READS: Record<string, Call> = {
  GetDocument: (who, c) => get(docstore(), who, `${root}/${c}/1`),
  BatchGetDocuments: (who, c) =>
    batchGetDocuments(docstore(), { database, documents: [`${root}/${c}/1`], ...plain }, who, outlet()),
  ListDocuments: (who, c) => listDocuments(docstore(), { parent: root, collectionId: c, ...page }, who),
  'ListDocuments (missing ones)': (who, c) =>
    listDocuments(docstore(), { parent: root, collectionId: c, ...page, showMissing: true }, who),
  RunQuery: (who, c) => run(docstore(), who, root, queryOf(c)),
  'RunQuery (group)': (who, c) => run(docstore(), who, root, queryOf(c, true)),
  RunAggregationQuery: (who, c) => count(docstore(), who, root, queryOf(c)),
  PartitionQuery: (who, c) =>
    partitionQuery(
      docstore(),
      {
        parent: root,
        queryType: { $case: 'structuredQuery', structuredQuery: queryOf(c, true) },
        partitionCount: 2n,
        pageSize: 0,
        pageToken: '',
        consistencySelector: undefined,
      },
      who,
    ),
  ReadTarget: (who, c) => readTarget(docstore(), target(c), who, outlet()),
  'ReadTarget (documents)': (who, c) => readTarget(docstore(), documentTarget(c), who, outlet()),
  AuthorizeTarget: (who, c) => authorizeTarget(docstore(), target(c), who),
  'Commit (verify)': (who, c) => send(docstore(), who, database, verify(`${root}/${c}/1`, true)),
};

const WRITES: Record<string, Call> = {
  Commit: (who, c) => send(docstore(), who, database, set(`${root}/${c}/3`, {}), remove(`${root}/${c}/3`)),
  BatchWrite: async (who, c) => {
    const request = { database, writes: [set(`${root}/${c}/4`, {})], labels: {} };
    const { status } = await batchWrite(docstore(), request, who);
    if (status[0]!.code !== Code.OK) throw status[0];
  },
  Write: (who, c) => {
    const request = { streamId: '', streamToken: NO_TRANSACTION, labels: {} };
    const stream = messages(
      { ...request, database, writes: [] },
      { ...request, database: '', writes: [set(`${root}/${c}/5`, {})] },
    );
    return writeStream(docstore(), stream, who, outlet());
  },
  CreateDocument: (who, collectionId) =>
    createDocument(
      docstore(),
      { parent: root, collectionId, documentId: '', document: document(''), mask: undefined },
      who,
    ),
  UpdateDocument: (who, c) =>
    updateDocument(
      docstore(),
      {
        document: document(`${root}/${c}/6`),
        updateMask: undefined,
        mask: undefined,
        currentDocument: undefined,
      },
      who,
    ),
  DeleteDocument: (who, c) =>
    deleteDocument(docstore(), { name: `${root}/${c}/7`, currentDocument: undefined }, who),
};

const DENIED = expect.objectContaining({ code: Code.PERMISSION_DENIED });

for (const [name, call] of Object.entries(READS)) {
  test(`${name} reads what the key is for, and nothing else`, async () => {
    await call(reader, 'notes');
    await call(writer, 'notes');
    await expect(call(reader, 'secrets')).rejects.toEqual(DENIED);
    await expect(call(elsewhere, 'notes')).rejects.toEqual(DENIED);
    await expect(call(other, 'notes')).rejects.toEqual(DENIED);
    await expect(call(keyed(), 'notes')).rejects.toEqual(DENIED);
  });
}

for (const [name, call] of Object.entries(WRITES)) {
  test(`${name} writes what the key may write, and nothing else`, async () => {
    await call(writer, 'notes');
    await expect(call(reader, 'notes')).rejects.toEqual(DENIED);
    await expect(call(writer, 'secrets')).rejects.toEqual(DENIED);
    await expect(call(elsewhere, 'notes')).rejects.toEqual(DENIED);
    await expect(call(other, 'notes')).rejects.toEqual(DENIED);
  });
}

test('a commit is refused whole when the key is not for one of its documents', async () => {
  const writes = [set(`${root}/notes/whole`, {}), set(`${root}/secrets/whole`, {})];
  await expect(send(docstore(), writer, database, ...writes)).rejects.toEqual(DENIED);
  await expect(get(docstore(), writer, `${root}/notes/whole`)).rejects.toMatchObject({
    code: Code.NOT_FOUND,
  });
});

test('ids of collections are told of those that the key may read', async () => {
  const ids = async (who: CallContext, parent = root) =>
    (await listCollectionIds(docstore(), { parent, ...page }, who)).collectionIds;
  expect(await ids(reader)).toEqual(['notes']);
  expect(await ids(reader, `${root}/rooms/r`)).toEqual(['notes']);
  const everything = keyed({ database: '*', collections: ['*'], access: 'read' });
  expect(await ids(everything)).toEqual(['notes', 'rooms', 'secrets']);
  await expect(ids(elsewhere)).rejects.toEqual(DENIED);
});

test('a query of all collections takes a key for all', async () => {
  const everything = keyed({ database: '*', collections: ['*'], access: 'read' });
  expect((await run(docstore(), everything, root, queryOf('', true))).length).toBeGreaterThan(3);
  await expect(run(docstore(), reader, root, queryOf('', true))).rejects.toEqual(DENIED);
});

test('transactions begin and end where the key is for', async () => {
  const { transaction } = await beginTransaction(docstore(), { database, options: undefined }, reader);
  await expect(rollback(docstore(), { database, transaction }, elsewhere)).rejects.toEqual(DENIED);
  await rollback(docstore(), { database, transaction }, reader);
  await expect(beginTransaction(docstore(), { database, options: undefined }, elsewhere)).rejects.toEqual(
    DENIED,
  );
});
