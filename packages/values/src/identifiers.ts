import { invalidArgument } from '@telestack/errors';
import { fitsUtf8 } from './text.ts';

/** Bytes of a collection id, a document id, a field name and a field path. */
export const MAX_NAME_BYTES = 1500;

/** `__.*__` with something between: what the service keeps for itself. `____` is an ordinary name. */
export const isReserved = (name: string): boolean =>
  name.length > 4 && name.startsWith('__') && name.endsWith('__');

/** Ids that stand for 64-bit numeric ids of Datastore. */
const NUMERIC_ID = /^__id(-?[1-9]\d*)__$/;

/** The number that a document id like `__id7__` stands for; undefined for other ids. */
export function numericId(id: string): bigint | undefined {
  if (!id.startsWith('__id')) return undefined;
  const match = NUMERIC_ID.exec(id);
  return match === null ? undefined : BigInt(match[1]!);
}

function checkId(kind: 'Collection' | 'Resource', id: string): void {
  if (id === '.' || id === '..')
    throw invalidArgument(`${kind} id "${id}" is invalid because it is reserved.`);
  if (id.includes('/')) throw invalidArgument(`${kind} id "${id}" is invalid because it contains "/".`);
  if (!isReserved(id)) return;
  const number = kind === 'Resource' ? numericId(id) : undefined;
  if (number === undefined) throw invalidArgument(`${kind} id "${id}" is invalid because it is reserved.`);
  if (BigInt.asIntN(64, number) !== number) {
    throw invalidArgument(`Resource id "${id}" is invalid because it is not a 64 bit integer.`);
  }
}

/**
 * Checks the form of a document id.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkDocumentId(id: string): void {
  if (id === '') throw invalidArgument('Resource id is empty.');
  checkId('Resource', id);
}

/**
 * Checks the form of a collection id.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkCollectionId(id: string): void {
  if (id === '') throw invalidArgument('Collection id is empty.');
  checkId('Collection', id);
}

/**
 * Checks the length of a collection id; `what` names it in the error.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkCollectionLength(id: string, what: string): void {
  if (!fitsUtf8(id, MAX_NAME_BYTES))
    throw invalidArgument(`The ${what} is longer than ${MAX_NAME_BYTES} bytes.`);
}
