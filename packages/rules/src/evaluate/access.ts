import {
  EvaluationError,
  functionNotFound,
  nullValueError,
  typeError,
  undefinedProperty,
  unsupportedOperation,
} from '../values/error.ts';
import { RulesMap } from '../values/map.ts';
import { Path } from '../values/path.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Result, Value } from '../values/value.ts';

/** `object.name` */
export function member(object: Value, name: string): Result {
  if (object instanceof RulesMap) return object.get(name) ?? missing(object, name);
  if (object === null) return nullValueError;
  return object instanceof Path ? undefinedProperty(name) : typeError(typeOfValue(object), 'map', 'path');
}

/** `get` says null for a member that is null and undefined for none. */
const missing = (object: RulesMap, name: string): Result =>
  object.has(name) ? null : undefinedProperty(name);

/** `object[index]` */
export function index(object: Value, at: Value): Result {
  if (object === null) return nullValueError;
  if (object instanceof RulesMap) {
    return typeof at === 'string' ? member(object, at) : wrongIndex('map', at, 'string');
  }
  if (Array.isArray(object) || typeof object === 'string') {
    if (typeof at !== 'bigint') return wrongIndex(typeOfValue(object), at, 'int');
    return object[Number(at)] === undefined || at < 0n ? outOfBounds(at, object.length) : object[Number(at)]!;
  }
  if (!(object instanceof Path)) return functionNotFound('[]');
  if (typeof at === 'string') return undefinedProperty(at);
  if (typeof at !== 'bigint') return wrongIndex('path', at, 'int');
  const segment = at < 0n ? undefined : object.segments[Number(at)];
  if (segment === undefined) return outOfBounds(at, object.segments.length);
  return typeof segment === 'string' ? segment : nullValueError;
}

/** `object[from:to]`; the ends may be left out. */
export function range(object: Value, from: Value | undefined, to: Value | undefined): Result {
  if (object === null) return nullValueError;
  if (!Array.isArray(object) && typeof object !== 'string' && !(object instanceof Path)) {
    return functionNotFound('@range');
  }
  const sliced = object instanceof Path ? object.segments : object;
  const { length } = sliced;
  const isEnd = (end: Value | undefined): end is bigint | undefined =>
    end === undefined || typeof end === 'bigint';
  if (!isEnd(from) || !isEnd(to)) return wrongEnds(typeOfValue(object), from, to);
  // As measured: an end that is written must be at an element, so that nothing gives the empty range at either edge.
  if (from !== undefined && (from < 0n || from >= length)) return outOfBounds(from, length);
  if (to !== undefined && (to <= 0n || to > length)) return outOfBounds(to - 1n, length);
  const start = from ?? 0n;
  const end = to ?? BigInt(length);
  if (start > end) {
    return new EvaluationError(`Illegal range error. From index: [${start}] , To index: [${end}].`);
  }
  const part = sliced.slice(Number(start), Number(end));
  return object instanceof Path ? new Path(part as Path['segments']) : (part as string | Value[]);
}

function wrongEnds(type: string, from: Value | undefined, to: Value | undefined): EvaluationError {
  const [start, end] = [from, to].map((value) => (value === undefined ? 'null' : typeOfValue(value)));
  const expected = ['null:null', 'null:int', 'int:null', 'int:int'].map((ends) => `${type}[${ends}]`);
  return unsupportedOperation(`${type}[${start}:${end}]`, expected);
}

const wrongIndex = (type: string, at: Value, expected: string): EvaluationError =>
  unsupportedOperation(`${type}[${typeOfValue(at)}]`, [`${type}[${expected}]`]);

const outOfBounds = (at: bigint, size: number): EvaluationError =>
  new EvaluationError(`Index out of bound error. Index: [${at}] , size: [${size}].`);
