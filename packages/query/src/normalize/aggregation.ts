import { invalidArgument } from '@telestack/errors';
import {
  type StructuredAggregationQuery_Aggregation as ProtoAggregation,
  type StructuredAggregationQuery,
  StructuredQuery,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { isReserved, parseFieldPath, utf8Length } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Aggregation, AggregationQuery } from '../types.ts';
import { normalizeQuery } from './query.ts';

const MAX_AGGREGATIONS = 5;
const MAX_ALIAS_BYTES = 1500;

/** Aggregations over a query, with names for all of them. @throws INVALID_ARGUMENT */
export function normalizeAggregationQuery(
  parent: string,
  { queryType, aggregations }: StructuredAggregationQuery,
): AggregationQuery {
  const named = parseAggregations(aggregations);
  const fields = named.flatMap(({ field }) => (field ? [field] : []));
  const query = normalizeQuery(parent, queryType?.structuredQuery ?? StructuredQuery.create(), fields);
  return { query, aggregations: named };
}

function parseAggregations(aggregations: readonly ProtoAggregation[]): Aggregation[] {
  if (aggregations.length === 0) throw invalidArgument('Aggregations can not be empty.');
  if (aggregations.length > MAX_AGGREGATIONS) {
    throw invalidArgument(
      `The maximum number of aggregations allowed in an aggregation query is ${MAX_AGGREGATIONS}. Received: ${aggregations.length}`,
    );
  }
  const operators = aggregations.map(parseOperator);
  let unnamed = 0;
  const named = operators.map((operator, i): Aggregation => {
    const { alias } = aggregations[i]!;
    return { alias: alias === '' ? `field_${++unnamed}` : alias, ...operator };
  });
  for (const { alias } of named) checkAlias(alias);
  checkDistinct(named);
  if (named.some(({ field }) => field && isNameField(field))) {
    throw invalidArgument('Aggregations are not supported for the property: __key__');
  }
  return named;
}

function checkDistinct(aggregations: readonly Aggregation[]): void {
  const aliases = new Set<string>();
  for (const { alias } of aggregations) {
    if (aliases.has(alias)) throw invalidArgument(`Aggregation aliases contain duplicate alias: ${alias}.`);
    aliases.add(alias);
  }
}

function parseOperator({ operator }: ProtoAggregation): Omit<Aggregation, 'alias'> {
  switch (operator?.$case) {
    case 'count': {
      const { upTo } = operator.count;
      if (upTo === undefined) return { kind: 'count' };
      // Google's emulator also takes 0; google/firestore/v1/query.proto does not.
      if (upTo <= 0n) {
        throw invalidArgument('The `up_to` value in a COUNT aggregation must be greater than zero.');
      }
      return { kind: 'count', upTo };
    }
    case 'sum':
      return { kind: 'sum', field: parseFieldPath(operator.sum.field?.fieldPath ?? '') };
    case 'avg':
      return { kind: 'avg', field: parseFieldPath(operator.avg.field?.fieldPath ?? '') };
    default:
      throw invalidArgument('Operator field in Aggregation is not set.');
  }
}

function checkAlias(alias: string): void {
  if (isReserved(alias)) throw invalidArgument(`The property.name "${alias}" is reserved.`);
  if (utf8Length(alias) > MAX_ALIAS_BYTES) {
    throw invalidArgument('The property.name is longer than 1500 bytes.');
  }
}
