import type { RulesMap } from '../values/map.ts';
import type { Result, Value } from '../values/value.ts';
import type { LookupSession } from './lookups.ts';

/** Google's limit on one request. */
export const MAX_EXPRESSIONS = 1_000;

/** What expressions see while one request is decided. */
export interface Context {
  readonly request: RulesMap;
  /** The document as it is, null when there is none; undefined when that is not known. */
  readonly resource: Value | undefined;
  readonly lookups: LookupSession;
  /** Values of wildcards, by slot; undefined when a query leaves them open. */
  captures: readonly (Value | undefined)[];
  /** Arguments and `let` values of the function that runs. */
  locals: Result[];
  /** Expressions evaluated so far. */
  evaluated: number;
}

/** An expression, compiled. */
export type Evaluate = (context: Context) => Result;

/** Thrown when a request needs more expressions than allowed: it is refused as a whole. */
export class TooManyExpressions extends Error {
  constructor() {
    super(
      `Unable to evaluate the expression as the maximum of ${MAX_EXPRESSIONS} expressions to evaluate has been reached.`,
    );
  }
}
