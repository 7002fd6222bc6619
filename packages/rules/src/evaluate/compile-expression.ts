import { constraintIs } from '../proof/constrained.ts';
import type { BinaryOperator, Expression } from '../syntax/ast.ts';
import { Constraint } from '../values/constraint.ts';
import { isError, typeError } from '../values/error.ts';
import type { Inequality } from '../values/order.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';
import { index, member, range } from './access.ts';
import { comparison } from './comparison.ts';
import { compileCall, compileMethod } from './compile-call.ts';
import { compileList, compileMap, compilePath } from './compile-literal.ts';
import type { Compiler } from './compiler.ts';
import { type Context, type Evaluate, MAX_EXPRESSIONS, TooManyExpressions } from './context.ts';
import { isMember } from './membership.ts';
import { arithmetic, equality, isArithmetic, negate, not } from './operators.ts';

/**
 * An expression as a closure that counts itself, as Google's evaluator does (measured): one for each expression, and one more for each
 * segment of a path, for the type of `is`, and for each part of `&&`, `||` and `?:` beyond the first that is evaluated.
 */
export function compileExpression(expression: Expression, compiler: Compiler): Evaluate {
  if (expression.kind === 'group') return compileExpression(expression.inner, compiler);
  const evaluate = compileKind(expression, compiler);
  const cost = costOf(expression);
  return (context) => {
    count(context, cost);
    return evaluate(context);
  };
}

function costOf(expression: Expression): number {
  if (expression.kind === 'is') return 2;
  if (expression.kind !== 'path') return 1;
  return 1 + expression.parts.filter(({ kind }) => kind !== 'expression').length;
}

function count(context: Context, cost: number): void {
  context.evaluated += cost;
  if (context.evaluated > MAX_EXPRESSIONS) throw new TooManyExpressions();
}

function compileKind(expression: Exclude<Expression, { kind: 'group' }>, compiler: Compiler): Evaluate {
  const compile = (part: Expression): Evaluate => compileExpression(part, compiler);
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'name':
      return compiler.variable(expression.name);
    case 'member': {
      const { name } = expression;
      return unary(compile(expression.object), (object) => member(object, name));
    }
    case 'index':
      return binary(compile(expression.object), compile(expression.index), index);
    case 'range':
      return compileRange(
        compile(expression.object),
        expression.from && compile(expression.from),
        expression.to && compile(expression.to),
      );
    case 'call':
      return compileCall(expression.name, expression.args.map(compile), compiler);
    case 'method':
      return compileMethod(expression.name, compile(expression.object), expression.args.map(compile));
    case 'unary':
      return unary(compile(expression.operand), expression.operator === '!' ? not : negate);
    case 'binary':
      return compileBinary(expression.operator, compile(expression.left), compile(expression.right));
    case 'is':
      return compileIs(compile(expression.operand), expression.type);
    case 'conditional':
      return conditional(compile(expression.test), compile(expression.yes), compile(expression.no));
    case 'list':
      return compileList(expression.elements.map(compile));
    case 'map':
      return compileMap(expression.entries.map(([key, value]) => [compile(key), compile(value)] as const));
    case 'path':
      return compilePath(expression.parts, compile);
  }
}

function unary(operand: Evaluate, apply: (value: Value) => Result): Evaluate {
  return (context) => {
    const value = operand(context);
    return isError(value) ? value : apply(value);
  };
}

function binary(left: Evaluate, right: Evaluate, apply: (a: Value, b: Value) => Result): Evaluate {
  return (context) => {
    const a = left(context);
    if (isError(a)) return a;
    const b = right(context);
    return isError(b) ? b : apply(a, b);
  };
}

function compileBinary(operator: BinaryOperator, left: Evaluate, right: Evaluate): Evaluate {
  if (operator === '&&') return logical(left, right, false);
  if (operator === '||') return logical(left, right, true);
  if (operator === 'in') return binary(left, right, isMember);
  if (operator === '==' || operator === '!=') {
    return binary(left, right, (a, b) => equality(operator, a, b));
  }
  if (isArithmetic(operator)) return binary(left, right, (a, b) => arithmetic(operator, a, b));
  return binary(left, right, (a, b) => comparison(operator as Inequality, a, b));
}

/** `&&` is decided by false, `||` by true, on either side and whatever the other side is. */
function logical(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return (context) => {
    const a = left(context);
    if (a === decisive) return decisive;
    count(context, 1);
    const b = right(context);
    if (b === decisive) return decisive;
    return asBoolean(typeof a === 'boolean' ? b : a);
  };
}

const asBoolean = (result: Result): Result =>
  typeof result === 'boolean' || isError(result) ? result : typeError(typeOfValue(result), 'bool');

function conditional(test: Evaluate, yes: Evaluate, no: Evaluate): Evaluate {
  return (context) => {
    const decided = asBoolean(test(context));
    if (isError(decided)) return decided;
    count(context, 1);
    return decided === true ? yes(context) : no(context);
  };
}

function compileRange(object: Evaluate, from: Evaluate | undefined, to: Evaluate | undefined): Evaluate {
  return (context) => {
    const [value, start, end] = [object(context), from?.(context), to?.(context)];
    if (isError(value)) return value;
    if (isError(start)) return start;
    return isError(end) ? end : range(value, start, end);
  };
}

function compileIs(operand: Evaluate, type: string): Evaluate {
  return unary(operand, (value) => {
    if (value instanceof Constraint) return constraintIs(value, type);
    const actual = typeOfValue(value);
    // As measured, no value is a `set`.
    if (type === 'set') return false;
    return actual === type || (type === 'number' && (actual === 'int' || actual === 'float'));
  });
}
