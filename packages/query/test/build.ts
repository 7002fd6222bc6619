import {
  StructuredQuery_CompositeFilter_Operator as CompositeOperator,
  type Cursor,
  StructuredQuery_Direction as Direction,
  StructuredQuery_FieldFilter_Operator as FieldOperator,
  StructuredQuery_FindNearest_DistanceMeasure as Measure,
  type StructuredQuery_Filter as ProtoFilter,
  type StructuredQuery_FindNearest as ProtoFindNearest,
  StructuredQuery,
  StructuredQuery_UnaryFilter_Operator as UnaryOperator,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery, type Query } from '@telestack/query';
import type { Json } from '@telestack/values';

export const ROOT = 'projects/p/databases/d/documents';

export const NAN: Json = { $double: 'NaN' };
export const ref = (path: string): Json => ({ $ref: `${ROOT}/${path}` });

const OPERATORS = {
  '<': FieldOperator.LESS_THAN,
  '<=': FieldOperator.LESS_THAN_OR_EQUAL,
  '>': FieldOperator.GREATER_THAN,
  '>=': FieldOperator.GREATER_THAN_OR_EQUAL,
  '==': FieldOperator.EQUAL,
  '!=': FieldOperator.NOT_EQUAL,
  contains: FieldOperator.ARRAY_CONTAINS,
  'contains-any': FieldOperator.ARRAY_CONTAINS_ANY,
  in: FieldOperator.IN,
  'not-in': FieldOperator.NOT_IN,
} as const;
export type TestOperator = keyof typeof OPERATORS;

export function where(fieldPath: string, op: TestOperator, value: Json | undefined): ProtoFilter {
  return {
    filterType: { $case: 'fieldFilter', fieldFilter: { field: { fieldPath }, op: OPERATORS[op], value } },
  };
}

export function is(fieldPath: string, op: 'NULL' | 'NOT_NULL' | 'NAN' | 'NOT_NAN'): ProtoFilter {
  const unaryFilter = {
    op: UnaryOperator[`IS_${op}`],
    operandType: { $case: 'field' as const, field: { fieldPath } },
  };
  return { filterType: { $case: 'unaryFilter', unaryFilter } };
}

const composite =
  (op: CompositeOperator) =>
  (...filters: ProtoFilter[]): ProtoFilter => ({
    filterType: { $case: 'compositeFilter', compositeFilter: { op, filters } },
  });
export const and = composite(CompositeOperator.AND);
export const or = composite(CompositeOperator.OR);
export const strange = composite(CompositeOperator.UNSPECIFIED);

export const before = (...values: Json[]): Cursor => ({ values, before: true });
export const after = (...values: Json[]): Cursor => ({ values, before: false });

export interface Parts {
  /** "c" (default), or "c+" for the collection group, "" for every collection. */
  readonly from?: string;
  readonly parent?: string;
  readonly where?: ProtoFilter;
  /** "x", "-x" for descending. */
  readonly orderBy?: readonly string[];
  readonly startAt?: Cursor;
  readonly endAt?: Cursor;
  readonly offset?: number;
  readonly limit?: number;
  readonly select?: readonly string[];
  readonly findNearest?: Partial<ProtoFindNearest>;
}

export function structuredQuery(parts: Parts): StructuredQuery {
  const { from = 'c', orderBy = [], select, findNearest } = parts;
  const nearest: ProtoFindNearest = {
    vectorField: { fieldPath: 'v' },
    queryVector: { $vector: [1, 0] },
    distanceMeasure: Measure.EUCLIDEAN,
    limit: 10,
    distanceResultField: '',
    distanceThreshold: undefined,
    ...findNearest,
  };
  return {
    ...StructuredQuery.create(),
    from: [{ collectionId: from.replace('+', ''), allDescendants: from.endsWith('+') }],
    where: parts.where,
    orderBy: orderBy.map((text) => ({
      field: { fieldPath: text.replace(/^-/, '') },
      direction: text.startsWith('-') ? Direction.DESCENDING : Direction.ASCENDING,
    })),
    startAt: parts.startAt,
    endAt: parts.endAt,
    offset: parts.offset ?? 0,
    limit: parts.limit,
    select: select && { fields: select.map((fieldPath) => ({ fieldPath })) },
    findNearest: findNearest && nearest,
  };
}

export const normalize = (parts: Parts): Query =>
  normalizeQuery(parts.parent ? `${ROOT}/${parts.parent}` : ROOT, structuredQuery(parts));

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
