import { EvaluationError, unsupportedOperation } from '../values/error.ts';
import { Path } from '../values/path.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Value } from '../values/value.ts';
import { floatText } from './float-text.ts';
import { builtin } from './signature.ts';

const STRING = ['int', 'float', 'null', 'string', 'bool', 'path'].map((type) => `string(${type})`);
const MAX_INT = 2n ** 63n - 1n;

/** What `string()` gives, and what stands in a path for `$(...)`. */
export function textOf(value: Value): string | EvaluationError {
  if (typeof value === 'number') return floatText(value);
  if (typeof value !== 'object' || value === null || value instanceof Path) return String(value);
  return unsupportedOperation(`string(${typeOfValue(value)})`, STRING);
}

const conversionError = (text: string, type: string): EvaluationError =>
  new EvaluationError(`Type conversion error. Argument: [${text}], From type: [string], To type: [${type}].`);

/** Towards zero; what is too large becomes the largest, NaN becomes 0. */
export function truncate(n: number): bigint {
  if (Number.isNaN(n)) return 0n;
  if (n >= 2 ** 63) return MAX_INT;
  if (n < -(2 ** 63)) return -MAX_INT - 1n;
  return BigInt(Math.trunc(n));
}

function intOf(value: bigint | number | string): bigint | EvaluationError {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncate(value);
  if (!/^[+-]?[0-9]+$/.test(value) || value.length > 30) return conversionError(value, 'int');
  const parsed = BigInt(value.replace('+', ''));
  return parsed > MAX_INT || parsed < -MAX_INT - 1n ? conversionError(value, 'int') : parsed;
}

function floatOf(value: bigint | number | string): number | EvaluationError {
  if (typeof value !== 'string') return Number(value);
  const text = value.trim();
  const plain = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/.exec(text);
  if (plain !== null) return Number(plain[1]);
  return /^[+-]?(?:NaN|Infinity)$/.test(text) ? Number(text) : conversionError(value, 'float');
}

/** Functions named after types. */
export const conversions = {
  bool: builtin<[boolean | string]>(['bool(bool)', 'bool(string)'], (value) => {
    if (typeof value === 'boolean') return value;
    const text = value.toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : conversionError(value, 'bool');
  }),
  float: builtin<[bigint | number | string]>(['float(int)', 'float(float)', 'float(string)'], floatOf),
  int: builtin<[bigint | number | string]>(['int(int)', 'int(float)', 'int(string)'], intOf),
  path: builtin<[string]>(['path(string)'], (text) => Path.parse(text)),
  string: builtin<[Value]>(STRING, textOf),
};
