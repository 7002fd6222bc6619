import type { BinaryOperator } from '../syntax/ast.ts';
import { Duration } from '../values/duration.ts';
import { equal } from '../values/equality.ts';
import { EvaluationError, isError, unsupportedOperation } from '../values/error.ts';
import { Timestamp } from '../values/timestamp.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -MAX_INT - 1n;
const rangeError = new EvaluationError(
  'Integer value is out of the [-9223372036854775808, 9223372036854775807] range.',
);
const divideByZero = new EvaluationError('Divide by zero error.');

/** Operand types that Google's messages list. */
const OVERLOADS: Readonly<Record<ArithmeticOperator, readonly string[]>> = {
  '+': [
    'int + int',
    'float + float',
    'string + string',
    'duration + duration',
    'duration + timestamp',
    'timestamp + duration',
  ],
  '-': ['int - int', 'float - float', 'duration - duration', 'timestamp - duration', 'timestamp - timestamp'],
  '*': ['int * int', 'float * float'],
  '/': ['int / int', 'float / float'],
  '%': ['int % int', 'float % float'],
};

export function arithmetic(operator: ArithmeticOperator, a: Value, b: Value): Result {
  if (typeof a === 'bigint' && typeof b === 'bigint') return integers(operator, a, b);
  if (isNumber(a) && isNumber(b)) return floats(operator, Number(a), Number(b));
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  return (
    (operator === '+' || operator === '-' ? times(operator, a, b) : undefined) ?? unsupported(operator, a, b)
  );
}

const isNumber = (value: Value): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number';

const unsupported = (operator: ArithmeticOperator, a: Value, b: Value): EvaluationError =>
  unsupportedOperation(`${typeOfValue(a)} ${operator} ${typeOfValue(b)}`, OVERLOADS[operator]);

function integers(operator: ArithmeticOperator, a: bigint, b: bigint): Result {
  if ((operator === '/' || operator === '%') && b === 0n) return divideByZero;
  switch (operator) {
    case '+':
      return inRange(a + b);
    case '-':
      return inRange(a - b);
    case '*':
      return inRange(a * b);
    case '/':
      // As measured, the smallest integer divided by -1 wraps round.
      return BigInt.asIntN(64, a / b);
    case '%':
      return a % b;
  }
}

const inRange = (n: bigint): Result => (n > MAX_INT || n < MIN_INT ? rangeError : n);

function floats(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function times(operator: '+' | '-', a: Value, b: Value): Result | undefined {
  if (b instanceof Duration) {
    const nanos = operator === '+' ? b.nanos : -b.nanos;
    if (a instanceof Duration) return Duration.ofNanos(a.nanos + nanos);
    return a instanceof Timestamp ? Timestamp.ofNanos(a.nanos + nanos) : undefined;
  }
  if (!(b instanceof Timestamp)) return undefined;
  if (operator === '+') return a instanceof Duration ? Timestamp.ofNanos(a.nanos + b.nanos) : undefined;
  return a instanceof Timestamp ? Duration.ofNanos(a.nanos - b.nanos) : undefined;
}

/** `-a` */
export function negate(value: Value): Result {
  if (typeof value === 'bigint') return inRange(-value);
  if (typeof value === 'number') return -value;
  if (value instanceof Duration) return Duration.ofNanos(-value.nanos);
  return unsupportedOperation(`-${typeOfValue(value)}`, ['-int', '-float', '-duration']);
}

/** `!a` */
export function not(value: Value): Result {
  return typeof value === 'boolean' ? !value : unsupportedOperation(`!${typeOfValue(value)}`, ['!bool']);
}

/** `==` and `!=` */
export function equality(operator: '==' | '!=', a: Value, b: Value): Result {
  const isEqual = equal(a, b, 'operator');
  return isError(isEqual) ? isEqual : isEqual === (operator === '==');
}

export const isArithmetic = (operator: BinaryOperator): operator is ArithmeticOperator =>
  Object.hasOwn(OVERLOADS, operator);
