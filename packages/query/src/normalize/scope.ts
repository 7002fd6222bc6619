import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery_CollectionSelector as Selector } from '@telestack/protos/google/firestore/v1/query.ts';
import type { Query } from '../types.ts';

const MAX_ID_BYTES = 1500;

/** The collections that `from` selects. Without a selector it is every collection below the parent. */
export function normalizeScope(from: readonly Selector[]): Pick<Query, 'collectionId' | 'allDescendants'> {
  if (from.length > 1) {
    throw invalidArgument('StructuredQuery.from cannot have more than one collection selector.');
  }
  const [selector] = from;
  if (selector === undefined) return { collectionId: '', allDescendants: true };
  const { collectionId, allDescendants } = selector;
  if (collectionId !== '') checkCollectionId(collectionId);
  return { collectionId, allDescendants };
}

function checkCollectionId(id: string): void {
  if (id.includes('/')) {
    throw invalidArgument(`Collection id "${id}" is invalid because it contains "/".`);
  }
  if (id === '.' || id === '..' || /^__.*__$/s.test(id)) {
    throw invalidArgument(`Collection id "${id}" is invalid because it is reserved.`);
  }
  if (Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw invalidArgument('The query kind is longer than 1500 bytes.');
  }
}
