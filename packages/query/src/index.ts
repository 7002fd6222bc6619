export { canonicalKey } from './canonical.ts';
export { documentComparator } from './compare.ts';
export { type Conjunction, toDisjunctiveNormalForm } from './dnf.ts';
export { evaluateQuery } from './evaluate.ts';
export { isNameField, NAME_FIELD } from './field.ts';
export { type IndexField, type IndexSpec, indexFor } from './index-spec.ts';
export { isComparable } from './match/filter.ts';
export { matches } from './match/matches.ts';
export { inScope } from './match/scope.ts';
export { narrowToOwner, OWNER_FIELD } from './narrow.ts';
export { normalizeAggregationQuery } from './normalize/aggregation.ts';
export { checkOperators } from './normalize/combinations.ts';
export { normalizeQuery } from './normalize/query.ts';
export { type EqualityPredicate, routingPredicates } from './routing.ts';
export type {
  Aggregation,
  AggregationQuery,
  Bound,
  CompositeFilter,
  Direction,
  DistanceMeasure,
  FieldFilter,
  Filter,
  FindNearest,
  Operator,
  Order,
  Query,
  QueryDocument,
} from './types.ts';
