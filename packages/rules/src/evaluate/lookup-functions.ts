import { EvaluationError } from '../values/error.ts';
import type { Result, Value } from '../values/value.ts';
import type { Context } from './context.ts';
import type { LookupState } from './lookups.ts';

export type Service = 'cloud.firestore' | 'firebase.storage';

type LookupFunction = (args: readonly Value[], context: Context) => Result;

const lookup =
  (name: string, verb: 'get' | 'exists', state: LookupState): LookupFunction =>
  (args, { lookups }) => {
    if (args.length === 1) return lookups[verb](name, state, args[0]!);
    return new EvaluationError(
      `Incorrect number of arguments. Received: ${args.length}. Expected: ${name}(path).`,
    );
  };

const FUNCTIONS: { readonly [service in Service]: ReadonlyMap<string, LookupFunction> } = {
  'cloud.firestore': new Map([
    ['exists', lookup('exists', 'exists', 'before')],
    ['existsAfter', lookup('existsAfter', 'exists', 'after')],
    ['get', lookup('get', 'get', 'before')],
    ['getAfter', lookup('getAfter', 'get', 'after')],
  ]),
  'firebase.storage': new Map([
    ['firestore.exists', lookup('firestore.exists', 'exists', 'before')],
    ['firestore.get', lookup('firestore.get', 'get', 'before')],
  ]),
};

/** A function that looks at other documents. */
export const lookupNamed = (name: string, service: Service): LookupFunction | undefined =>
  FUNCTIONS[service].get(name);
