import type { FieldPath, Json } from '@telestack/values';
import { toDisjunctiveNormalForm } from './dnf.ts';
import type { Query } from './types.ts';

export interface EqualityPredicate {
  readonly field: FieldPath;
  /** Null stands for the null value (`is-null`). */
  readonly value: Json;
}

/**
 * Equality constraints of each disjunct: a document that matches the query satisfies all of one disjunct's. A disjunct without any
 * is an empty list. A query that nothing can match has no disjuncts. NaN (`is-nan`) is its stored form.
 */
export function routingPredicates({ filter }: Pick<Query, 'filter'>): EqualityPredicate[][] {
  return toDisjunctiveNormalForm(filter).map((conjunction) =>
    conjunction.flatMap(({ field, op, value }): EqualityPredicate[] => {
      if (op === '==') return [{ field, value }];
      if (op === 'is-null') return [{ field, value: null }];
      if (op === 'is-nan') return [{ field, value: { $double: 'NaN' } }];
      return [];
    }),
  );
}
