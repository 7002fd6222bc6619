import type { DocumentData } from '@google-cloud/firestore';

/** Most that a document may take, name and overhead included. */
export const LIMIT = 1_048_576;
/** Bytes that a document costs beyond its name and its fields, and a name beyond its segments. */
const [DOCUMENT_OVERHEAD, NAME_OVERHEAD] = [32, 16];

/** A document of exactly `size` bytes, as firebase.google.com/docs/firestore/storage-size counts them. */
export function documentOf(path: string, size: number): DocumentData {
  const name = path.split('/').reduce((sum, segment) => sum + segment.length + 1, NAME_OVERHEAD);
  const fields = 2 * ('a'.length + 1) + 2;
  const room = size - name - DOCUMENT_OVERHEAD - fields;
  const half = Math.floor(room / 2);
  return { a: 'x'.repeat(half), b: 'y'.repeat(room - half) };
}

/** A document of about `bytes` that differs from those of other rounds and from its neighbours. */
export function pageOf(round: number, n: number, bytes: number): DocumentData {
  return { round, n, text: `${round}-${n}-`.padEnd(bytes, String.fromCharCode(97 + (n % 26))) };
}
