import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery_CollectionSelector as Selector } from '@telestack/protos/google/firestore/v1/query.ts';
import { checkCollectionId, formatFieldPath } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { FieldFilter, Order, Query } from '../types.ts';

/** The collections that `from` selects. Without a selector it is every collection directly below the parent. */
export function parseScope(from: readonly Selector[]): Pick<Query, 'collectionId' | 'allDescendants'> {
  if (from.length > 1) {
    throw invalidArgument('StructuredQuery.from cannot have more than one collection selector.');
  }
  const [{ collectionId, allDescendants } = { collectionId: '', allDescendants: false }] = from;
  if (collectionId !== '') checkCollectionId(collectionId);
  return { collectionId, allDescendants };
}

/** Documents of collections with different ids can only be told apart and ordered by name. @throws INVALID_ARGUMENT */
export function checkKindless(orders: readonly Order[], parts: readonly FieldFilter[]): void {
  if (orders.some(({ field, direction }) => !isNameField(field) || direction === 'desc')) {
    throw invalidArgument('kind is required for all orders except __key__ ascending');
  }
  const other = parts.find(({ field }) => !isNameField(field));
  if (other) throw invalidArgument(`kind is required for filter: ${formatFieldPath(other.field)}`);
}
