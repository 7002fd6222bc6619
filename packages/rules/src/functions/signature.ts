import { EvaluationError, unsupportedOperation } from '../values/error.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';

/** A function of the language, checked against its signatures before it runs. */
export type Builtin = (args: readonly Value[]) => Result;

interface Signature {
  /** As documented: `list.concat(list)`, `math.abs(int)`. */
  readonly text: string;
  readonly params: readonly string[];
}

/**
 * A function with the signatures that Google's messages list. A method's receiver is its first argument and is named before the dot. An
 * int passes for a float where no signature wants the int. `A` are the types that the signatures promise.
 */
export function builtin<A extends readonly Value[]>(
  signatures: readonly string[],
  run: (...args: A) => Result,
  kind: 'function' | 'method' = 'function',
): Builtin {
  const parsed = signatures.map((text) => parseSignature(text, kind));
  const arities = new Set(parsed.map(({ params }) => params.length));
  const label = signatures[0]!.slice(0, signatures[0]!.indexOf('('));
  return (args) => {
    const given = kind === 'method' ? args.length - 1 : args.length;
    if (!arities.has(args.length)) {
      return new EvaluationError(
        `Incorrect number of arguments. Received: ${given}. Expected: ${signatures.join(', ')}.`,
      );
    }
    for (const { params } of parsed) {
      const accepted = accept(params, args);
      if (accepted !== undefined) return run(...(accepted as unknown as A));
    }
    const types = args.slice(args.length - given).map(typeOfValue);
    return unsupportedOperation(`${label}(${types.join(', ')})`, signatures);
  };
}

/** A method: `method(['list.concat(list)'], (list, other) => ...)`. */
export const method = <A extends readonly Value[]>(
  signatures: readonly string[],
  run: (...args: A) => Result,
): Builtin => builtin(signatures, run, 'method');

function parseSignature(text: string, kind: 'function' | 'method'): Signature {
  const open = text.indexOf('(');
  const inner = text.slice(open + 1, -1);
  const params = inner === '' ? [] : inner.split(', ');
  return { text, params: kind === 'method' ? [text.slice(0, text.indexOf('.')), ...params] : params };
}

/** The arguments as a signature wants them; undefined when it does not want them. */
function accept(params: readonly string[], args: readonly Value[]): readonly Value[] | undefined {
  if (params.length !== args.length) return undefined;
  let accepted = args;
  for (const [i, param] of params.entries()) {
    const arg = args[i]!;
    const type = typeOfValue(arg);
    if (param === 'any' || param === type) continue;
    if (param !== 'float' || type !== 'int') return undefined;
    accepted = accepted.with(i, Number(arg));
  }
  return accepted;
}
