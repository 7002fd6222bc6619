import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_Direction as Direction,
  type StructuredQuery_Order as ProtoOrder,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { compareText, type FieldPath, formatFieldPath, parseFieldPath } from '@telestack/values';
import { fieldKey, isNameField, NAME_FIELD } from '../field.ts';
import type { FieldFilter, Order } from '../types.ts';
import { isInequality } from './operators.ts';

/** The orders that were asked for. */
export function parseOrders(orderBy: readonly ProtoOrder[]): Order[] {
  const orders = orderBy.map(({ field, direction }): Order => {
    const path = parseFieldPath(field?.fieldPath ?? '');
    switch (direction) {
      case Direction.UNSPECIFIED:
      case Direction.ASCENDING:
        return { field: path, direction: 'asc' };
      case Direction.DESCENDING:
        return { field: path, direction: 'desc' };
      default:
        throw invalidArgument('Unrecognized ordering.');
    }
  });
  const seen = new Set<string>();
  for (const { field } of orders) {
    if (seen.has(fieldKey(field))) {
      throw invalidArgument(`order by clause cannot contain duplicate fields ${formatFieldPath(field)}`);
    }
    seen.add(fieldKey(field));
  }
  return orders;
}

/**
 * A total order: what was asked for, then the fields with an inequality, sorted, then the name; in the direction of the last that was
 * asked for (google/firestore/v1/query.proto, `order_by`).
 */
export function completeOrders(explicit: readonly Order[], parts: readonly FieldFilter[]): Order[] {
  const direction = explicit.at(-1)?.direction ?? 'asc';
  const present = new Set(explicit.map(({ field }) => fieldKey(field)));
  const missing = new Map<string, FieldPath>();
  for (const { field, op } of parts) {
    const key = fieldKey(field);
    if (isInequality(op) && !isNameField(field) && !present.has(key)) missing.set(key, field);
  }
  const implicit = [...missing.values()].sort((a, b) => compareText(formatFieldPath(a), formatFieldPath(b)));
  const orders = [...explicit, ...implicit.map((field): Order => ({ field, direction }))];
  const nameAt = orders.findIndex(({ field }) => isNameField(field));
  if (nameAt < 0) return [...orders, { field: NAME_FIELD, direction }];
  if (nameAt < orders.length - 1) {
    throw invalidArgument('order by clause cannot contain more fields after the key');
  }
  return orders;
}
