import { invalidArgument } from '@telestack/errors';
import {
  type StructuredAggregationQuery_Aggregation as ProtoAggregation,
  type StructuredAggregationQuery,
  StructuredQuery,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, isReserved, parseFieldPath, parseParent, utf8Length } from '@telestack/values';
import { fieldKey, isNameField } from '../field.ts';
import type { Aggregation, AggregationQuery, Query } from '../types.ts';
import { checkOperators } from './combinations.ts';
import { completeQuery, parseQuery } from './query.ts';

const MAX_AGGREGATIONS = 5;
const MAX_ALIAS_BYTES = 1500;

/** Aggregations over a query, with names for all of them. @throws INVALID_ARGUMENT */
export function normalizeAggregationQuery(
  parent: string,
  { queryType, aggregations }: StructuredAggregationQuery,
): AggregationQuery {
  const structured = queryType?.structuredQuery ?? StructuredQuery.create();
  parseParent(parent);
  checkOperators(structured.where);
  const operators = aggregations.map(parseOperator);
  const parsed = parseQuery(parent, structured);
  const named = nameAll(aggregations, operators);
  const fields = named.flatMap(({ field }) => (field ? [field] : []));
  checkSelected(parsed.select, fields);
  if (fields.some(isNameField)) {
    throw invalidArgument('Aggregations are not supported for the property: __key__');
  }
  checkDistinct(named);
  checkCount(named);
  return { query: completeQuery(parsed, fields), aggregations: named };
}

function nameAll(
  aggregations: readonly ProtoAggregation[],
  operators: readonly Omit<Aggregation, 'alias'>[],
): Aggregation[] {
  let unnamed = 0;
  const named = operators.map((operator, i): Aggregation => {
    const { alias } = aggregations[i]!;
    return { alias: alias === '' ? `field_${++unnamed}` : alias, ...operator };
  });
  for (const { alias } of named) checkAlias(alias);
  return named;
}

function checkCount({ length }: readonly Aggregation[]): void {
  if (length === 0) throw invalidArgument('Aggregations can not be empty.');
  if (length <= MAX_AGGREGATIONS) return;
  throw invalidArgument(
    `The maximum number of aggregations allowed in an aggregation query is ${MAX_AGGREGATIONS}. Received: ${length}`,
  );
}

/** A projection does not go with sums and averages; which error tells so depends on what it leaves out. */
function checkSelected(select: Query['select'], fields: readonly FieldPath[]): void {
  if (select === undefined || fields.length === 0) return;
  if (select.length === 0) {
    throw invalidArgument(
      'Aggregation over non-key properties is not supported for base query that only returns keys.',
    );
  }
  const covers = (selected: FieldPath, field: FieldPath) =>
    fieldKey(field.slice(0, selected.length)) === fieldKey(selected);
  const missing = fields.find((field) => !select.some((selected) => covers(selected, field)));
  throw invalidArgument(
    missing
      ? `The aggregation property ${missing.join('.')} is not present in the base query's property mask.`
      : 'Cannot apply property masks when aggregation fields are present.',
  );
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
