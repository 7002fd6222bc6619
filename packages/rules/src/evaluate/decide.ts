import type { Ruleset } from '../ruleset.ts';
import { isError, typeError } from '../values/error.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Value } from '../values/value.ts';
import { type Context, TooManyExpressions } from './context.ts';
import type { Service } from './lookup-functions.ts';
import type { Lookup, LookupSession } from './lookups.ts';
import { type Segment, visitMatches } from './match.ts';
import type { Dependencies, RequestMap } from './request.ts';

/** Why a rule did not allow. */
export interface Reason {
  /** Of the rule's condition. */
  readonly line: number;
  /** `false`, or the error that kept it from having a value. */
  readonly message: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** For a denial: one per rule that was about the request. */
  readonly reasons: readonly Reason[];
  /** Documents that were looked at: the decision may change when one of them does. */
  readonly lookups: readonly Lookup[];
  readonly dependencies: Readonly<Dependencies>;
}

/** Look-ups to make before rules can decide. */
export interface MissingLookups {
  readonly missing: readonly Lookup[];
}

export interface Subject {
  readonly service: Service;
  readonly method: string;
  readonly segments: readonly Segment[];
  readonly request: RequestMap;
  readonly resource: Value | undefined;
}

/** Decides with the look-ups at hand. One that is missing holds nothing up that the rest of the rules decides. */
export function decide(
  ruleset: Ruleset,
  { service, method, segments, request, resource }: Subject,
  lookups: LookupSession,
): Decision | MissingLookups {
  const context: Context = { request, resource, lookups, captures: [], locals: [], evaluated: 0 };
  const reasons: Reason[] = [];
  const missingBefore = lookups.missing.length;
  let allowed = false;
  try {
    allowed = visitMatches(ruleset.services[service] ?? [], segments, (allow, captures) => {
      if (!allow.methods.has(method)) return false;
      context.captures = captures;
      context.locals = [];
      const result = allow.condition(context);
      if (result === true) return true;
      reasons.push({ line: allow.line, message: messageOf(result) });
      return false;
    });
  } catch (error) {
    if (!(error instanceof TooManyExpressions)) throw error;
    reasons.push({ line: 0, message: error.message });
  }
  if (!allowed && lookups.missing.length > missingBefore) return { missing: lookups.missing };
  return {
    allowed,
    reasons: allowed ? [] : reasons,
    lookups: [...lookups.made.values()],
    dependencies: request.dependencies,
  };
}

function messageOf(result: ReturnType<Context['lookups']['get']>): string {
  if (result === false) return 'false';
  return isError(result) ? result.message : typeError(typeOfValue(result), 'bool').message;
}

/** A denial as Google's emulator words it. */
export function formatReasons(reasons: readonly Reason[], method: string): string {
  if (reasons.length === 0) return 'No matching allow statements';
  return `\n${reasons.map(({ line, message }) => `${message} for '${method}' @ L${line}`).join(', ')}`;
}
