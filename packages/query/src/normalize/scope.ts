import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery_CollectionSelector as Selector } from '@telestack/protos/google/firestore/v1/query.ts';
import { checkCollectionId } from '@telestack/values';
import type { Query } from '../types.ts';

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
