import { isNameField, type Query } from '@telestack/query';
import { formatFieldPath } from '@telestack/values';
import { LiteralMap, mapOf, type RulesMap } from '../values/map.ts';

/** `request.query`: limit, offset and orders (`{"field": "ASC"}`), without the order of names that every query ends with. */
export function queryMap({ limit, offset, orders }: Query): RulesMap {
  const last = orders.at(-1);
  const named = last !== undefined && isNameField(last.field) ? orders.slice(0, -1) : orders;
  return mapOf({
    limit: limit === undefined ? null : BigInt(limit),
    offset: BigInt(offset),
    orderBy: new LiteralMap(
      new Map(named.map(({ field, direction }) => [formatFieldPath(field), direction.toUpperCase()])),
    ),
  });
}
