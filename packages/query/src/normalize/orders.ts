import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_Direction as ProtoDirection,
  type StructuredQuery_Order as ProtoOrder,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, parsePropertyPath } from '@telestack/values';
import { compareFields, fieldKey, isNameField, NAME_FIELD } from '../field.ts';
import type { Direction, FieldFilter, Order } from '../types.ts';
import { isInequality } from './operators.ts';

/** The orders that were asked for. @throws INVALID_ARGUMENT */
export function parseOrders(orderBy: readonly ProtoOrder[]): Order[] {
  return orderBy.map((order): Order => {
    const field = parsePropertyPath(order.field?.fieldPath ?? '');
    switch (order.direction) {
      case ProtoDirection.UNSPECIFIED:
      case ProtoDirection.ASCENDING:
        return { field, direction: 'asc' };
      case ProtoDirection.DESCENDING:
        return { field, direction: 'desc' };
      default:
        throw invalidArgument('Unrecognized ordering.');
    }
  });
}

/** @throws INVALID_ARGUMENT */
export function checkOrders(orders: readonly Order[]): void {
  const seen = new Set<string>();
  for (const { field } of orders) {
    if (seen.has(fieldKey(NAME_FIELD))) throw nameIsNotLast();
    if (seen.has(fieldKey(field))) {
      throw invalidArgument(`order by clause cannot contain duplicate fields ${field.join('.')}`);
    }
    seen.add(fieldKey(field));
  }
}

function checkNameIsLast(orders: readonly Order[]): void {
  if (orders.slice(0, -1).some(({ field }) => isNameField(field))) throw nameIsNotLast();
}

const nameIsNotLast = () => invalidArgument('order by clause cannot contain more fields after the key');

/**
 * A total order: what was asked for, then the fields with an inequality, sorted, then the name; in the direction of the last that was
 * asked for (google/firestore/v1/query.proto, `order_by`).
 * @throws INVALID_ARGUMENT when the name would not be the last
 */
export function completeOrders(explicit: readonly Order[], parts: readonly FieldFilter[]): Order[] {
  const orders = [...explicit, ...impliedOrders(explicit, parts)];
  checkNameIsLast(orders);
  if (orders.some(({ field }) => isNameField(field))) return orders;
  return [...orders, { field: NAME_FIELD, direction: lastDirection(explicit) }];
}

/**
 * A query that is ordered or filtered by name cannot be ordered by aggregated fields as well.
 * @throws INVALID_ARGUMENT
 */
export function checkAggregated(
  explicit: readonly Order[],
  parts: readonly FieldFilter[],
  aggregated: readonly FieldPath[],
): void {
  const added = missingOrders([...explicit, ...impliedOrders(explicit, parts)], aggregated);
  if (added.length === 0) return;
  const names = added.map(({ field }) => field.join('.')).join(', ');
  throw invalidArgument(
    `This query requires an index that has fields [${names}] after __name__ and Firestore does not currently support such an index. Please try the query again with additional ordering on those fields.`,
  );
}

/** Complete orders with aggregated fields before the name: a query that sums or averages sees only documents that have the fields. */
export function addAggregated(orders: readonly Order[], aggregated: readonly FieldPath[]): Order[] {
  const added = missingOrders(orders, aggregated);
  return [...orders.slice(0, -1), ...added, ...orders.slice(-1)];
}

function impliedOrders(explicit: readonly Order[], parts: readonly FieldFilter[]): Order[] {
  const inequalities = parts.filter(({ op }) => isInequality(op)).map(({ field }) => field);
  return missingOrders(explicit, inequalities);
}

const lastDirection = (orders: readonly Order[]): Direction => orders.at(-1)?.direction ?? 'asc';

/** Orders by the fields that have none, in the last direction: sorted, each once, without the name. */
function missingOrders(orders: readonly Order[], fields: readonly FieldPath[]): Order[] {
  const present = new Set(orders.map(({ field }) => fieldKey(field)));
  const missing = fields.filter((field) => !isNameField(field) && !present.has(fieldKey(field)));
  const unique = new Map(missing.map((field) => [fieldKey(field), field]));
  const direction = lastDirection(orders);
  return [...unique.values()].sort(compareFields).map((field): Order => ({ field, direction }));
}
