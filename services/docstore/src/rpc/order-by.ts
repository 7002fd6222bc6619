import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_Direction as Direction,
  type StructuredQuery_Order as Order,
} from '@telestack/protos/google/firestore/v1/query.ts';

/** A field path, quoted or not, and a direction; then the comma or the end. */
const CLAUSE =
  /((?:[a-zA-Z_][a-zA-Z_0-9]*|`(?:[^`\\]|\\.)+`)(?:\.(?:[a-zA-Z_][a-zA-Z_0-9]*|`(?:[^`\\]|\\.)+`))*)\s*(asc|desc)?(\s*,\s*|$)/isuy;

/**
 * The `order_by` of a listing, written as in SQL: "a desc, b".
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseOrderBy(text: string): Order[] {
  const orders: Order[] = [];
  let at = 0;
  let more = text !== '';
  while (more) {
    CLAUSE.lastIndex = at;
    const match = CLAUSE.exec(text);
    if (match === null) throw invalidArgument(`Invalid order by clause "${text}".`);
    const [, fieldPath, direction, end] = match as unknown as [string, string, string | undefined, string];
    orders.push({
      field: { fieldPath },
      direction: direction?.toLowerCase() === 'desc' ? Direction.DESCENDING : Direction.ASCENDING,
    });
    at = CLAUSE.lastIndex;
    more = end !== '';
  }
  return orders;
}
