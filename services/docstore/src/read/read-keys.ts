import type { DocumentKey } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import { readInTransaction } from '../transactions/read.ts';
import type { Consistency, OpenConsistency } from './consistency.ts';
import { type LookupResult, readDocuments } from './lookup.ts';

export interface KeysRead extends LookupResult {
  /** For more reads at the same time. */
  readonly consistency: Consistency;
}

/** Reads documents by name (at least one) at the time that the request asks for, and remembers them for its transaction. */
export async function readKeys(
  docstore: Docstore,
  keys: readonly DocumentKey[],
  { readWrite, ...consistency }: OpenConsistency,
  signal?: AbortSignal,
): Promise<KeysRead> {
  if (readWrite) {
    const { transaction, result } = await readInTransaction(docstore, keys, readWrite, signal);
    const { readTime } = transaction;
    const at = { ...consistency, transaction, readTime };
    return result ? { ...result, consistency: at } : readAt(docstore, keys, at, readTime);
  }
  const { readTime } = consistency;
  if (readTime !== undefined) return readAt(docstore, keys, consistency, readTime);
  const result = await docstore.lookup.read(keys);
  return { ...result, consistency: { ...consistency, readTime: result.readTime } };
}

async function readAt(
  docstore: Docstore,
  keys: readonly DocumentKey[],
  consistency: Consistency,
  readTime: number,
): Promise<KeysRead> {
  const result = await readDocuments(docstore.database, keys, readTime);
  if (consistency.transaction) {
    const updateTimes = result.documents.map((document) => document?.updateTime);
    await docstore.transactions.addDocuments(consistency.transaction, keys, updateTimes);
  }
  return { ...result, consistency };
}
