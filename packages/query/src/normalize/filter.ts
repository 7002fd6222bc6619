import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_CompositeFilter_Operator as CompositeOperator,
  type StructuredQuery_FieldFilter as ProtoFieldFilter,
  type StructuredQuery_Filter as ProtoFilter,
  type StructuredQuery_UnaryFilter as ProtoUnaryFilter,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { parsePropertyPath, validateValue } from '@telestack/values';
import type { FieldFilter, Filter } from '../types.ts';
import { FIELD_OPERATORS, LIST_OPERATORS, UNARY_OPERATORS } from './operators.ts';

/**
 * The filter as it was written. An AND of nothing holds for every document, as in Google's backend.
 * @throws INVALID_ARGUMENT when a part is malformed
 */
export function parseFilter(filter: ProtoFilter | undefined): Filter | undefined {
  return filter && parsePart(filter);
}

function parsePart({ filterType }: ProtoFilter): Filter {
  switch (filterType?.$case) {
    case 'fieldFilter':
      return parseField(filterType.fieldFilter);
    case 'unaryFilter':
      return parseUnary(filterType.unaryFilter);
    case 'compositeFilter': {
      const { op, filters } = filterType.compositeFilter;
      const kind = kindOf(op);
      if (kind === undefined) throw invalidArgument('Unsupported CompositeFilter operator.');
      if (kind === 'or' && filters.length === 0)
        throw invalidArgument('Composite filter must have at least one sub-filter.');
      return { kind, filters: filters.map(parsePart) };
    }
    default:
      throw invalidArgument('Unknown Filter type.');
  }
}

function kindOf(op: CompositeOperator): 'and' | 'or' | undefined {
  if (op === CompositeOperator.AND) return 'and';
  return op === CompositeOperator.OR ? 'or' : undefined;
}

function parseUnary({ op: protoOp, operandType }: ProtoUnaryFilter): FieldFilter {
  if (operandType === undefined) throw invalidArgument('Unsupported UnaryFilter operand type (non-FIELD).');
  const field = parsePropertyPath(operandType.field.fieldPath);
  const op = UNARY_OPERATORS[protoOp];
  if (op === undefined) throw invalidArgument('Unknown UnaryFilter operator.');
  return { kind: 'field', field, op, value: null };
}

function parseField({ field: reference, op: protoOp, value }: ProtoFieldFilter): FieldFilter {
  const field = parsePropertyPath(reference?.fieldPath ?? '');
  if (value === undefined) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  validateValue(value);
  const op = FIELD_OPERATORS[protoOp];
  if (op === undefined) throw invalidArgument('Unknown FieldFilter operator.');
  const list = LIST_OPERATORS[op];
  if (list && !Array.isArray(value)) throw invalidArgument(`'${list.name}' requires an ArrayValue.`);
  if (list && (value as []).length === 0) {
    throw invalidArgument(`'${list.name}' requires an non-empty ArrayValue.`);
  }
  if (list && (value as []).length > list.most) {
    throw invalidArgument(`'${list.name}' supports up to ${list.most} comparison values.`);
  }
  return { kind: 'field', field, op, value };
}
