import type { FieldPath } from '@telestack/values';
import { type Conjunction, toDisjunctiveNormalForm } from './dnf.ts';
import { compareFields, fieldKey, isNameField } from './field.ts';
import type { Direction, Order, Query } from './types.ts';

export interface IndexField {
  readonly field: FieldPath;
  readonly direction: Direction | 'contains';
}

/** An index that serves a query, or one disjunct of it. */
export interface IndexSpec {
  readonly collectionId: string;
  readonly scope: 'collection' | 'group';
  /** Fields with an equality, sorted; fields with array membership; then the orders. */
  readonly fields: readonly IndexField[];
}

/** The index that would serve each disjunct of a query. */
export function indexFor(query: Query): IndexSpec[] {
  const specs = toDisjunctiveNormalForm(query.filter).map(
    (conjunction): IndexSpec => ({
      collectionId: query.collectionId,
      scope: query.allDescendants ? 'group' : 'collection',
      fields: fieldsFor(conjunction, query.orders),
    }),
  );
  return [...new Map(specs.map((spec) => [JSON.stringify(spec), spec])).values()];
}

function fieldsFor(conjunction: Conjunction, orders: readonly Order[]): IndexField[] {
  const contains = uniqueFields(conjunction.filter(({ op }) => op === 'array-contains'));
  const equal = uniqueFields(
    conjunction.filter(({ op }) => op === '==' || op === 'is-null' || op === 'is-nan'),
  );
  const fixed = new Set(equal.map(fieldKey));
  return [
    ...equal.filter((field) => !isNameField(field)).map((field): IndexField => ({ field, direction: 'asc' })),
    ...contains.map((field): IndexField => ({ field, direction: 'contains' })),
    // An order on a field with one value decides nothing.
    ...orders.filter(({ field }) => isNameField(field) || !fixed.has(fieldKey(field))),
  ];
}

function uniqueFields(filters: Conjunction): FieldPath[] {
  const fields = new Map(filters.map(({ field }) => [fieldKey(field), field]));
  return [...fields.values()].sort(compareFields);
}
