import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery_CollectionSelector as Selector } from '@telestack/protos/google/firestore/v1/query.ts';
import { checkCollectionId, checkCollectionLength } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { FieldFilter, Order, Query } from '../types.ts';
import { isMembership } from './operators.ts';

/** The collections that `from` selects. Without a selector it is every collection directly below the parent. */
export function parseScope(from: readonly Selector[]): Pick<Query, 'collectionId' | 'allDescendants'> {
  if (from.length > 1) {
    throw invalidArgument('StructuredQuery.from cannot have more than one collection selector.');
  }
  const [{ collectionId, allDescendants } = { collectionId: '', allDescendants: false }] = from;
  if (collectionId !== '') checkCollectionId(collectionId);
  return { collectionId, allDescendants };
}

export type Scope = ReturnType<typeof parseScope>;

export const isGroupBelowDocument = ({ collectionId, allDescendants }: Scope, parentPath: string): boolean =>
  collectionId !== '' && allDescendants && parentPath !== '';

/** Below a document collections at any depth have no index but that of names. @throws INVALID_ARGUMENT */
export function checkGroup(
  scope: Scope,
  parentPath: string,
  orders: readonly Order[],
  parts: readonly FieldFilter[],
): void {
  if (!scope.allDescendants || parentPath === '') return;
  const isElement = parts.some(({ op }) => isMembership(op));
  if (isElement || [...orders, ...parts].some(({ field }) => !isNameField(field))) {
    throw invalidArgument('collection group queries are only allowed at the root parent');
  }
}

/** Documents of any collection are ordered by name alone. @throws INVALID_ARGUMENT */
export function checkKind({ collectionId }: Scope, orders: readonly Order[]): void {
  if (collectionId !== '') {
    checkCollectionLength(collectionId, 'query kind');
  } else if (orders.some(({ field, direction }) => !isNameField(field) || direction === 'desc')) {
    throw invalidArgument('kind is required for all orders except __key__ ascending');
  }
}

/** Documents of any collection are filtered by name alone. @throws INVALID_ARGUMENT */
export function checkKindlessFilter(filter: FieldFilter): void {
  if (!isNameField(filter.field)) throw invalidArgument(`kind is required for filter: ${nameOf(filter)}`);
}

function nameOf({ field, op }: FieldFilter): string {
  return `${field.join('.')}${isMembership(op) ? '[*]' : ''}`;
}
