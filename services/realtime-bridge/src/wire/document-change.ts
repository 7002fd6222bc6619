import { varintLength, writeVarint } from './varint.ts';

// Field tags of google.firestore.v1.ListenResponse and DocumentChange: number << 3 | 2 (length-delimited).
const DOCUMENT_CHANGE = 0x1a;
const DOCUMENT = 0x0a;
const TARGET_IDS = 0x2a;
const REMOVED_TARGET_IDS = 0x32;

/**
 * A ListenResponse with a DocumentChange, built around a document that is encoded already: one document goes to many streams, and only the
 * target ids differ between them.
 */
export function documentChangeMessage(
  document: Uint8Array,
  targetIds: readonly number[],
  removedTargetIds: readonly number[],
): Uint8Array {
  const ids = packedLength(targetIds);
  const removed = packedLength(removedTargetIds);
  const body = 1 + varintLength(document.length) + document.length + fieldLength(ids) + fieldLength(removed);
  const message = new Uint8Array(1 + varintLength(body) + body);
  let at = 0;
  message[at++] = DOCUMENT_CHANGE;
  at = writeVarint(message, at, body);
  message[at++] = DOCUMENT;
  at = writeVarint(message, at, document.length);
  message.set(document, at);
  at = writePacked(message, at + document.length, TARGET_IDS, targetIds, ids);
  writePacked(message, at, REMOVED_TARGET_IDS, removedTargetIds, removed);
  return message;
}

function packedLength(ids: readonly number[]): number {
  let length = 0;
  for (const id of ids) length += varintLength(id);
  return length;
}

const fieldLength = (packed: number): number => (packed === 0 ? 0 : 1 + varintLength(packed) + packed);

function writePacked(
  message: Uint8Array,
  offset: number,
  tag: number,
  ids: readonly number[],
  length: number,
): number {
  if (length === 0) return offset;
  message[offset] = tag;
  let at = writeVarint(message, offset + 1, length);
  for (const id of ids) at = writeVarint(message, at, id);
  return at;
}
