import type { FieldPath, Json } from '@telestack/values';

export type Operator =
  | '<'
  | '<='
  | '=='
  | '>'
  | '>='
  | '!='
  | 'array-contains'
  | 'array-contains-any'
  | 'in'
  | 'not-in'
  | 'is-null'
  | 'is-not-null'
  | 'is-nan'
  | 'is-not-nan';

/** A condition on one field. `value` is null for the unary operators and a list for `in`, `not-in` and `array-contains-any`. */
export interface FieldFilter {
  readonly kind: 'field';
  /** The document's name is the field `__name__`, compared with references. */
  readonly field: FieldPath;
  readonly op: Operator;
  readonly value: Json;
}

export interface CompositeFilter {
  readonly kind: 'and' | 'or';
  /** Never empty. */
  readonly filters: readonly Filter[];
}

export type Filter = CompositeFilter | FieldFilter;

export type Direction = 'asc' | 'desc';

export interface Order {
  readonly field: FieldPath;
  readonly direction: Direction;
}

/** A position in the result: values for a prefix of the orders. */
export interface Bound {
  readonly values: readonly Json[];
  /** Whether documents at the position belong to the result. */
  readonly inclusive: boolean;
}

export type DistanceMeasure = 'EUCLIDEAN' | 'COSINE' | 'DOT_PRODUCT';

export interface FindNearest {
  readonly field: FieldPath;
  readonly vector: readonly number[];
  readonly measure: DistanceMeasure;
  readonly limit: number;
  readonly distanceResultField?: FieldPath;
  readonly distanceThreshold?: number;
}

/** A valid query in normal form: nothing implicit is left. */
export interface Query {
  /** "project/database". */
  readonly database: string;
  /** Path of the parent document, '' at the root. */
  readonly parentPath: string;
  /** '' selects every collection. */
  readonly collectionId: string;
  /** Whether collections at any depth below the parent belong to the scope. */
  readonly allDescendants: boolean;
  readonly filter: Filter | undefined;
  /** A total order: the explicit orders, those of inequality fields, and the name. */
  readonly orders: readonly Order[];
  readonly start?: Bound;
  readonly end?: Bound;
  readonly offset: number;
  readonly limit: number | undefined;
  /** Fields to return; an empty list returns none, undefined all. */
  readonly select: readonly FieldPath[] | undefined;
  readonly findNearest?: FindNearest;
}

export interface Aggregation {
  readonly alias: string;
  readonly kind: 'count' | 'sum' | 'avg';
  /** For sum and avg. */
  readonly field?: FieldPath;
  /** For count: no more than this many documents need to be counted. */
  readonly upTo?: bigint;
}

export interface AggregationQuery {
  readonly query: Query;
  readonly aggregations: readonly Aggregation[];
}

/** A document as queries see it; `path` is below the database. */
export interface QueryDocument {
  readonly path: string;
  readonly fields: { [key: string]: Json };
}
