import { invalidArgument } from '@telestack/errors';
import { fitsUtf8 } from './text.ts';

/** Bytes of a collection id, a document id, a field name and a field path. */
export const MAX_NAME_BYTES = 1500;

/** `__.*__` with something between: what the service keeps for itself. `____` is an ordinary name. */
export const isReserved = (name: string): boolean =>
  name.length > 4 && name.startsWith('__') && name.endsWith('__');

/** Ids that stand for 64-bit numeric ids of Datastore. */
const NUMERIC_ID = /^__id(-?[1-9]\d*)__$/;

function checkId(kind: 'Collection' | 'Resource', id: string): void {
  if (id === '.' || id === '..')
    throw invalidArgument(`${kind} id "${id}" is invalid because it is reserved.`);
  if (id.includes('/')) throw invalidArgument(`${kind} id "${id}" is invalid because it contains "/".`);
  if (!isReserved(id)) return;
  const numeric = kind === 'Resource' ? NUMERIC_ID.exec(id) : null;
  if (numeric === null) throw invalidArgument(`${kind} id "${id}" is invalid because it is reserved.`);
  const number = BigInt(numeric[1]!);
  if (BigInt.asIntN(64, number) !== number) {
    throw invalidArgument(`Resource id "${id}" is invalid because it is not a 64 bit integer.`);
  }
}

/**
 * Checks a document id.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkDocumentId(id: string): void {
  if (id === '') throw invalidArgument('Resource id is empty.');
  checkId('Resource', id);
  if (!fitsUtf8(id, MAX_NAME_BYTES))
    throw invalidArgument('The key path element name is longer than 1500 bytes.');
}

/**
 * Checks a collection id.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkCollectionId(id: string): void {
  if (id === '') throw invalidArgument('Collection id is empty.');
  checkId('Collection', id);
  if (!fitsUtf8(id, MAX_NAME_BYTES)) throw invalidArgument('The query kind is longer than 1500 bytes.');
}
