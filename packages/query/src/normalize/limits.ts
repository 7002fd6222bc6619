import { invalidArgument } from '@telestack/errors';
import { formatFieldPath, type Json } from '@telestack/values';
import { expandList, TooManyDisjuncts, toDisjunctiveNormalForm, uniqueFilters } from '../dnf.ts';
import { fieldKey, isNameField } from '../field.ts';
import type { FieldFilter, Filter } from '../types.ts';
import { isInequality } from './operators.ts';

const MAX_DISJUNCTIONS = 30;
/** From here on Google's backend does not count how many there are. */
const MAX_COUNTED_PRODUCT = 2 * MAX_DISJUNCTIONS;
const MAX_INEQUALITY_FIELDS = 10;
const MAX_PARTS = 100;

/** Each value of a list counts as a filter; repetitions do not. @throws INVALID_ARGUMENT */
export function checkSize(filter: Filter | undefined, explicitOrders: number, hasAncestor: boolean): void {
  const filters = filter ? uniqueFilters(leaves(filter).flatMap(expandForCount)).length : 0;
  if (filters + explicitOrders + (hasAncestor ? 1 : 0) <= MAX_PARTS) return;
  throw invalidArgument(
    `The query may not have more than ${MAX_PARTS} filters + sort orders + ancestor total. Currently there are ${filters} filters, ${explicitOrders} sort orders, and ${hasAncestor ? 'one' : 'no'} ancestor filter.`,
  );
}

/** The field filters that a filter is made of. */
export function leaves(filter: Filter): FieldFilter[] {
  return filter.kind === 'field' ? [filter] : filter.filters.flatMap(leaves);
}

function expandForCount(filter: FieldFilter): FieldFilter[] {
  if (filter.op !== 'not-in') return expandList(filter);
  return (filter.value as Json[]).map((value): FieldFilter => ({ ...filter, op: '!=', value }));
}

/** @throws INVALID_ARGUMENT */
export function checkInequalityFields(parts: readonly FieldFilter[]): void {
  const inequalities = parts.filter(({ op }) => isInequality(op));
  const fields = new Map(inequalities.map(({ field }) => [fieldKey(field), field]));
  if (fields.size <= MAX_INEQUALITY_FIELDS) return;
  const names = [...fields.values()].map((field) =>
    isNameField(field) ? '__key__' : formatFieldPath(field),
  );
  throw invalidArgument(
    `The query contains ${fields.size} distinct inequality fields: [${names.join(', ')}]. A query may not have more than ${MAX_INEQUALITY_FIELDS} distinct inequality fields.`,
  );
}

/** @throws INVALID_ARGUMENT */
export function checkDisjunctions(filter: Filter): void {
  let count: number;
  try {
    count = toDisjunctiveNormalForm(filter, MAX_COUNTED_PRODUCT).length;
  } catch (error) {
    if (!(error instanceof TooManyDisjuncts)) throw error;
    throw invalidArgument(`Too many disjunctions after normalization, the maximum is ${MAX_DISJUNCTIONS}`, {
      cause: error,
    });
  }
  if (count <= MAX_DISJUNCTIONS) return;
  throw invalidArgument(
    `Too many disjunctions after normalization. Result had ${count} disjunctions which is more than the maximum of ${MAX_DISJUNCTIONS}`,
  );
}
