import type {
  DocumentData,
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  Query,
  QuerySnapshot,
  Transaction,
} from '@google-cloud/firestore';

/** What a scenario does inside a transaction: reads first, then writes. */
export interface Work {
  get: (document: DocumentReference) => Promise<DocumentSnapshot>;
  getAll: (...documents: DocumentReference[]) => Promise<DocumentSnapshot[]>;
  query: (query: Query) => Promise<QuerySnapshot>;
  create: (document: DocumentReference, data: DocumentData) => void;
  update: (document: DocumentReference, data: DocumentData) => void;
  delete: (document: DocumentReference) => void;
}

export function inTransaction(transaction: Transaction): Work {
  return {
    get: (document) => transaction.get(document),
    getAll: (...documents) => transaction.getAll(...documents),
    query: (query) => transaction.get(query),
    create: (document, data) => void transaction.create(document, data),
    update: (document, data) => void transaction.update(document, data),
    delete: (document) => void transaction.delete(document),
  };
}

/** The broken control: the same reads and writes, with nothing that holds them together. */
export async function withoutTransaction<T>(
  firestore: Firestore,
  body: (work: Work) => Promise<T>,
): Promise<T> {
  const batch = firestore.batch();
  const result = await body({
    get: (document) => document.get(),
    getAll: (...documents) => firestore.getAll(...documents),
    query: (query) => query.get(),
    create: (document, data) => void batch.create(document, data),
    update: (document, data) => void batch.update(document, data),
    delete: (document) => void batch.delete(document),
  });
  await batch.commit();
  return result;
}
