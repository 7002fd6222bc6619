import {
  StructuredQuery_CompositeFilter_Operator as Composite,
  StructuredQuery_Direction as Direction,
  type StructuredQuery_Filter as Filter,
  StructuredQuery_FieldFilter_Operator as Op,
  type StructuredQuery,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { Json } from '@telestack/values';

export const { ASCENDING, DESCENDING } = Direction;

export const field = (fieldPath: string, op: keyof typeof Op, value: Json): Filter => ({
  filterType: {
    $case: 'fieldFilter',
    fieldFilter: { field: { fieldPath }, op: Op[op], value },
  },
});

const composite = (op: number, filters: Filter[]): Filter => ({
  filterType: { $case: 'compositeFilter', compositeFilter: { op: op as 1 | 2, filters } },
});
export const and = (...filters: Filter[]): Filter => composite(Composite.AND, filters);
export const or = (...filters: Filter[]): Filter => composite(Composite.OR, filters);

export const equal = (fieldPath: string, value: Json): Filter => field(fieldPath, 'EQUAL', value);

export const from = (collectionId: string, allDescendants = false): Pick<StructuredQuery, 'from'> => ({
  from: [{ collectionId, allDescendants }],
});

export const orderBy = (
  fieldPath: string,
  direction: (typeof Direction)['ASCENDING' | 'DESCENDING'] = ASCENDING,
): Pick<StructuredQuery, 'orderBy'> => ({ orderBy: [{ field: { fieldPath }, direction }] });

/** A query with everything that it does not say. */
export const query = (part: Partial<StructuredQuery>): StructuredQuery => ({
  select: undefined,
  from: [],
  where: undefined,
  orderBy: [],
  startAt: undefined,
  endAt: undefined,
  offset: 0,
  limit: undefined,
  findNearest: undefined,
  ...part,
});
