import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_Direction as Direction,
  type StructuredQuery_Order as ProtoOrder,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, formatFieldPath, parseFieldPath } from '@telestack/values';
import { compareFields, fieldKey, isNameField, NAME_FIELD } from '../field.ts';
import type { FieldFilter, Order } from '../types.ts';
import { isInequality } from './operators.ts';

/** The orders that were asked for. @throws INVALID_ARGUMENT */
export function parseOrders(orderBy: readonly ProtoOrder[]): Order[] {
  return orderBy.map((order): Order => {
    const field = parseFieldPath(order.field?.fieldPath ?? '');
    switch (order.direction) {
      case Direction.UNSPECIFIED:
      case Direction.ASCENDING:
        return { field, direction: 'asc' };
      case Direction.DESCENDING:
        return { field, direction: 'desc' };
      default:
        throw invalidArgument('Unrecognized ordering.');
    }
  });
}

/** @throws INVALID_ARGUMENT */
export function checkOrders(orders: readonly Order[]): void {
  checkNameIsLast(orders);
  const seen = new Set<string>();
  for (const { field } of orders) {
    if (seen.has(fieldKey(field))) {
      throw invalidArgument(`order by clause cannot contain duplicate fields ${formatFieldPath(field)}`);
    }
    seen.add(fieldKey(field));
  }
}

function checkNameIsLast(orders: readonly Order[]): void {
  if (orders.slice(0, -1).some(({ field }) => isNameField(field))) {
    throw invalidArgument('order by clause cannot contain more fields after the key');
  }
}

/**
 * A total order: what was asked for, then the fields with an inequality, sorted, then the name; in the direction of the last that was
 * asked for (google/firestore/v1/query.proto, `order_by`). Aggregated fields come before the name: a query that sums or averages sees
 * only documents that have them.
 * @throws INVALID_ARGUMENT when the name would not be the last
 */
export function completeOrders(
  explicit: readonly Order[],
  parts: readonly FieldFilter[],
  aggregated: readonly FieldPath[],
): Order[] {
  const direction = explicit.at(-1)?.direction ?? 'asc';
  const withOrder = (fields: readonly FieldPath[]) => fields.map((field): Order => ({ field, direction }));
  const inequalities = parts.filter(({ op }) => isInequality(op)).map(({ field }) => field);
  const ordered = [...explicit, ...withOrder(missing(explicit, inequalities))];
  checkNameIsLast(ordered);
  const unordered = missing(ordered, aggregated);
  if (!ordered.some(({ field }) => isNameField(field)))
    return [...ordered, ...withOrder(unordered), { field: NAME_FIELD, direction }];
  if (unordered.length > 0) {
    throw invalidArgument(
      `This query requires an index that has fields [${unordered.map(formatFieldPath).join(', ')}] after __name__ and Firestore does not currently support such an index. Please try the query again with additional ordering on those fields.`,
    );
  }
  return ordered;
}

/** The fields, apart from the name, that the orders lack: sorted, each once. */
function missing(orders: readonly Order[], fields: readonly FieldPath[]): FieldPath[] {
  const present = new Set(orders.map(({ field }) => fieldKey(field)));
  const lacking = fields.filter((field) => !isNameField(field) && !present.has(fieldKey(field)));
  return [...new Map(lacking.map((field) => [fieldKey(field), field])).values()].sort(compareFields);
}
