import type { DocumentKey } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import type { Consistency } from './consistency.ts';
import { type LookupResult, readDocuments } from './lookup.ts';

/** Reads documents by name at the time that the request asks for, and remembers them for its transaction. */
export async function readKeys(
  docstore: Docstore,
  keys: readonly DocumentKey[],
  { readTime, transaction }: Consistency,
): Promise<LookupResult> {
  if (readTime === undefined) return docstore.lookup.read(keys);
  const result = await readDocuments(docstore.database, keys, readTime);
  if (transaction) {
    const updateTimes = result.documents.map((document) => document?.updateTime);
    await docstore.transactions.addDocuments(transaction, keys, updateTimes);
  }
  return result;
}
