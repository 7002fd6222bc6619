import { method } from '../functions/signature.ts';
import { constraintHasAll, constraintHasAny } from '../proof/constrained.ts';
import type { Constraint } from '../values/constraint.ts';
import type { List } from '../values/value.ts';

/** What can be asked of a field that a query constrains: lists that are known to hold some elements. */
export const constraintMethods = {
  hasAll: method<[Constraint, List]>(['constraint.hasAll(list)'], constraintHasAll),
  hasAny: method<[Constraint, List]>(['constraint.hasAny(list)'], constraintHasAny),
};
