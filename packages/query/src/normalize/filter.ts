import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_CompositeFilter_Operator as CompositeOperator,
  type StructuredQuery_FieldFilter as ProtoFieldFilter,
  type StructuredQuery_Filter as ProtoFilter,
  type StructuredQuery_UnaryFilter as ProtoUnaryFilter,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { type Json, parseFieldPath } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { FieldFilter, Filter, Operator } from '../types.ts';
import { FIELD_OPERATORS, LIST_OPERATORS, UNARY_OPERATORS } from './operators.ts';
import { checkDocumentReference } from './reference.ts';

/** The filter as it was written, each part checked on its own. An empty composite at the top is no filter, as in Google's backend. */
export function parseFilter(filter: ProtoFilter | undefined, database: string): Filter | undefined {
  if (filter === undefined) return undefined;
  const { filterType } = filter;
  const isEmpty =
    filterType?.$case === 'compositeFilter' &&
    filterType.compositeFilter.filters.length === 0 &&
    isKnown(filterType.compositeFilter.op);
  return isEmpty ? undefined : parsePart(filter, database);
}

function parsePart({ filterType }: ProtoFilter, database: string): Filter {
  switch (filterType?.$case) {
    case 'fieldFilter':
      return parseField(filterType.fieldFilter, database);
    case 'unaryFilter':
      return parseUnary(filterType.unaryFilter);
    case 'compositeFilter': {
      const { op, filters } = filterType.compositeFilter;
      if (!isKnown(op)) throw invalidArgument('Unsupported CompositeFilter operator.');
      if (filters.length === 0) throw invalidArgument('Composite filter must have at least one sub-filter.');
      return {
        kind: op === CompositeOperator.AND ? 'and' : 'or',
        filters: filters.map((part) => parsePart(part, database)),
      };
    }
    default:
      throw invalidArgument('Unknown Filter type.');
  }
}

const isKnown = (op: CompositeOperator): boolean =>
  op === CompositeOperator.AND || op === CompositeOperator.OR;

function parseUnary({ op: protoOp, operandType }: ProtoUnaryFilter): FieldFilter {
  if (operandType === undefined) throw invalidArgument('Unsupported UnaryFilter operand type (non-FIELD).');
  const field = parseFieldPath(operandType.field.fieldPath);
  const op = UNARY_OPERATORS[protoOp];
  if (op === undefined) throw invalidArgument('Unknown UnaryFilter operator.');
  if (isNameField(field)) throw invalidArgument('__key__ filter value must be a Key');
  return { kind: 'field', field, op, value: null };
}

function parseField(filter: ProtoFieldFilter, database: string): FieldFilter {
  const field = parseFieldPath(filter.field?.fieldPath ?? '');
  const { value } = filter;
  if (value === undefined) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  const op = FIELD_OPERATORS[filter.op];
  if (op === undefined) throw invalidArgument('Unknown FieldFilter operator.');
  checkList(op, value);
  if (isNameField(field)) checkName(op, value, database);
  return { kind: 'field', field, op, value };
}

function checkList(op: Operator, value: Json): void {
  const list = LIST_OPERATORS[op];
  if (list === undefined) return;
  if (!Array.isArray(value)) throw invalidArgument(`'${list.name}' requires an ArrayValue.`);
  if (value.length === 0) throw invalidArgument(`'${list.name}' requires an non-empty ArrayValue.`);
  if (value.length > list.most) {
    throw invalidArgument(`'${list.name}' supports up to ${list.most} comparison values.`);
  }
}

function checkName(op: Operator, value: Json, database: string): void {
  if (op === 'array-contains' || op === 'array-contains-any') {
    throw invalidArgument('the name __key__ is reserved');
  }
  for (const name of op === 'in' || op === 'not-in' ? (value as Json[]) : [value]) {
    const other = checkDocumentReference(name, database, '__key__ filter value must be a Key');
    if (other !== undefined) {
      throw invalidArgument(
        `The request was for database '${nameOf(database)}' but was attempting to access database '${nameOf(other)}'`,
      );
    }
  }
}

function nameOf(database: string): string {
  const [project, id] = database.split('/');
  return `projects/${project}/databases/${id}`;
}
