import { invalidArgument } from '@telestack/errors';
import { formatFieldPath } from '@telestack/values';
import { type Conjunction, toDisjunctiveNormalForm } from '../dnf.ts';
import { fieldKey, isNameField } from '../field.ts';
import type { FieldFilter, Filter } from '../types.ts';
import { isInequality, isNegation } from './operators.ts';

const MAX_DISJUNCTIONS = 30;
const MAX_INEQUALITY_FIELDS = 10;
const MAX_PARTS = 100;

/** Rules about a filter as a whole. @throws INVALID_ARGUMENT */
export function checkFilter(filter: Filter | undefined, explicitOrders: number, hasAncestor: boolean): void {
  if (filter === undefined) return;
  const parts = leaves(filter);
  const total = parts.length + explicitOrders + (hasAncestor ? 1 : 0);
  if (total > MAX_PARTS) {
    throw invalidArgument(
      `The query may not have more than 100 filters + sort orders + ancestor total. Currently there are ${parts.length} filters, ${explicitOrders} sort orders, and ${hasAncestor ? 'an' : 'no'} ancestor filter.`,
    );
  }
  checkNegations(filter, parts);
  checkInequalityFields(parts);
  checkDisjunctions(filter);
}

export function leaves(filter: Filter): FieldFilter[] {
  return filter.kind === 'field' ? [filter] : filter.filters.flatMap(leaves);
}

function checkNegations(filter: Filter, parts: readonly FieldFilter[]): void {
  if (parts.filter(({ op }) => isNegation(op)).length > 1) {
    throw invalidArgument(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  }
  if (!parts.some(({ op }) => op === 'not-in')) return;
  if (hasOr(filter) || parts.some(({ op }) => op === 'in' || op === 'array-contains-any')) {
    throw invalidArgument(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    );
  }
}

const hasOr = (filter: Filter): boolean =>
  filter.kind === 'or' || (filter.kind === 'and' && filter.filters.some(hasOr));

function checkInequalityFields(parts: readonly FieldFilter[]): void {
  const inequalities = parts.filter(({ op }) => isInequality(op));
  const fields = new Map(inequalities.map(({ field }) => [fieldKey(field), field]));
  if (fields.size <= MAX_INEQUALITY_FIELDS) return;
  const names = [...fields.values()].map((field) =>
    isNameField(field) ? '__key__' : formatFieldPath(field),
  );
  throw invalidArgument(
    `The query contains ${fields.size} distinct inequality fields: [${names.join(', ')}]. A query may not have more than 10 distinct inequality fields.`,
  );
}

function checkDisjunctions(filter: Filter): void {
  const disjuncts = normalForm(filter);
  if (disjuncts.length > MAX_DISJUNCTIONS) throw tooMany(String(disjuncts.length));
  if (disjuncts.some((parts) => parts.filter(({ op }) => op === 'array-contains').length > 1)) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
}

function normalForm(filter: Filter): Conjunction[] {
  try {
    return toDisjunctiveNormalForm(filter);
  } catch (error) {
    if (error instanceof RangeError) throw tooMany('over 10000');
    throw error;
  }
}

const tooMany = (count: string) =>
  invalidArgument(
    `Too many disjunctions after normalization. Result had ${count} disjunctions which is more than the maximum of 30`,
  );
