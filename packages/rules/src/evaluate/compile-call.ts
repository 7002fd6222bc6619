import { functionNamed } from '../functions/table.ts';
import { methodsNamed } from '../methods/table.ts';
import { Constraint } from '../values/constraint.ts';
import { EvaluationError, functionNotFound, isError, nullValueError, unknownError } from '../values/error.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';
import type { Compiler, UserFunction } from './compiler.ts';
import type { Evaluate } from './context.ts';
import { lookupNamed } from './lookup-functions.ts';

/** A call of a declared function, a look-up or a function of the language, in this order. */
export function compileCall(name: string, args: readonly Evaluate[], compiler: Compiler): Evaluate {
  const declared = compiler.userFunction(name);
  if (declared !== undefined) return callUser(name, declared, args);
  if (name === 'debug')
    return args[0] ?? (() => new EvaluationError('Service call error. Function: [debug]'));
  const lookup = lookupNamed(name, compiler.service);
  if (lookup !== undefined) return withValues(args, (values, context) => lookup(values, context));
  const builtin = functionNamed(name);
  if (builtin === undefined) return () => functionNotFound(name);
  return withValues(args, builtin);
}

/** A call of a method, found by the type of its object. */
export function compileMethod(name: string, object: Evaluate, args: readonly Evaluate[]): Evaluate {
  const methods = methodsNamed(name);
  return (context) => {
    const receiver = object(context);
    if (isError(receiver)) return receiver;
    if (receiver === null) return nullValueError;
    const values: Value[] = [receiver];
    for (const arg of args) {
      const value = arg(context);
      if (isError(value)) return value;
      values.push(value);
    }
    const run = methods?.get(typeOfValue(receiver));
    if (run !== undefined) return run(values);
    return receiver instanceof Constraint ? unknownError : functionNotFound(name);
  };
}

function withValues(
  args: readonly Evaluate[],
  run: (values: readonly Value[], context: Parameters<Evaluate>[0]) => Result,
): Evaluate {
  return (context) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(context);
      if (isError(value)) return value;
      values.push(value);
    }
    return run(values, context);
  };
}

/** Arguments may be errors: they count when the function uses them. */
function callUser(name: string, callee: UserFunction, args: readonly Evaluate[]): Evaluate {
  if (args.length !== callee.params.length) {
    const expected = `${name}(${callee.params.join(', ')})`;
    const error = new EvaluationError(
      `Incorrect number of arguments. Received: ${args.length}. Expected: ${expected}.`,
    );
    return () => error;
  }
  return (context) => {
    const values = args.map((arg) => arg(context));
    const { locals } = context;
    context.locals = values;
    const result = callee.body(context);
    context.locals = locals;
    return result;
  };
}
