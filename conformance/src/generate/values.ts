import { DATABASE, ROOT } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';

export const integer = (value: bigint | number | string): Message => ({ integerValue: String(value) });
export const double = (value: number | string): Message => ({
  doubleValue:
    typeof value === 'number' && JSON.stringify(value) !== 'null' && !Object.is(value, -0)
      ? value
      : num(value),
});
export const text = (value: string): Message => ({ stringValue: value });
export const bool = (value: boolean): Message => ({ booleanValue: value });
export const nothing = (): Message => ({ nullValue: 0 });
export const bytes = (base64: string): Message => ({ bytesValue: base64 });
export const time = (seconds: number | string, nanos = 0): Message => ({
  timestampValue: { seconds: String(seconds), nanos },
});
export const geo = (latitude: number | string, longitude: number | string): Message => ({
  geoPointValue: { latitude, longitude },
});
export const reference = (path: string): Message => ({ referenceValue: `${ROOT}/${path}` });
export const array = (...values: Message[]): Message => ({ arrayValue: { values } });
export const map = (fields: Record<string, Message>): Message => ({ mapValue: { fields } });
export const vector = (...values: (number | string)[]): Message =>
  map({ __type__: text('__vector__'), value: array(...values.map(double)) });

/** JSON has no NaN, infinities or -0: they travel as text. */
function num(value: number | string): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const INTEGERS = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  '10',
  '42',
  '100',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775806',
  '4611686018427387904',
  '2147483648',
];

const DOUBLES: (number | string)[] = [
  0,
  '-0',
  1,
  2,
  3,
  1.5,
  -1.5,
  0.1,
  10,
  42,
  'NaN',
  'Infinity',
  '-Infinity',
  9007199254740992,
  9007199254740994,
  -9007199254740992,
  '9223372036854775807',
  '-9223372036854775808',
  1e300,
  -1e300,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  1e21,
  123456789.123,
  '4611686018427387904',
];

const TEXTS = [
  '',
  'a',
  'b',
  'A',
  'aa',
  'ab',
  'a\u0000',
  '\u0000',
  'a\u0000b',
  '\u0001',
  'a\u0001',
  'é',
  'e\u0301',
  'ß',
  'z',
  'zz',
  '~',
  '\uffff',
  '\ue000',
  '😀',
  '𝟘',
  '\u{10ffff}',
  '1',
  '10',
  '2',
  ' ',
  'a b',
  "it's",
  '"',
  '\\',
  '$int',
  '%',
  '_',
  '\n',
  'null',
  'NaN',
  '\u2028',
  '日本',
];

const BYTES = ['', 'AA==', 'AAA=', 'AAE=', 'AQ==', '/w==', '//8=', 'aGk=', 'aGlqaw=='];

const TIMES: [string, number][] = [
  ['0', 0],
  ['1', 0],
  ['1', 1000],
  ['1', 123456000],
  ['1', 123456789],
  ['-1', 999999999],
  ['-62135596800', 0],
  ['253402300799', 999999999],
  ['1000000000', 500000000],
  ['-1', 0],
  ['946684800', 1],
];

const GEOS: [number, number][] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [-90, -180],
  [90, 180],
  [52.5, 13.4],
  [0.1, 0.2],
  [0, -1],
];

const VECTORS: (number | string)[][] = [
  [1],
  [1, 2],
  [1, 3],
  [2],
  [0.5, -0.5, 0],
  ['-0'],
  ['Infinity'],
  [1, 2, 3, 4],
];

const PATHS = [
  'a/b',
  'a/c',
  'a/b/c/d',
  'a/__id5__',
  'a/__id10__',
  'a/__id-3__',
  'b/a',
  'a/é',
  'a/A',
  'ab/c',
  'a/b c',
  'a/b\u0000',
  'a/b\u0001',
];

export function scalar(prng: Prng): Message {
  return prng.weighted<() => Message>([
    [2, nothing],
    [3, () => bool(prng.chance(0.5))],
    [8, () => integer(prng.pick(INTEGERS))],
    [8, () => double(prng.pick(DOUBLES))],
    [2, () => integer(prng.int(-5, 5))],
    [1, () => double((prng.unit() - 0.5) * 10 ** prng.int(-20, 20))],
    [8, () => text(prng.pick(TEXTS))],
    [1, () => text(prng.pick(TEXTS) + prng.pick(TEXTS) + prng.pick(TEXTS))],
    [3, () => bytes(prng.pick(BYTES))],
    [4, () => time(...prng.pick(TIMES))],
    [3, () => anyReference(prng)],
    [3, () => geo(...prng.pick(GEOS))],
    [0.05, () => geo('-0', 0)],
  ])();
}

function anyReference(prng: Prng): Message {
  if (prng.chance(0.9)) return reference(prng.pick(PATHS));
  return {
    referenceValue: prng.pick([
      'projects/zz-other/databases/(default)/documents/a/b',
      'projects/aa-other/databases/(default)/documents/a/b',
      `${DATABASE.replace('(default)', 'second')}/documents/a/b`,
    ]),
  };
}

const KEYS = [
  'a',
  'b',
  'c',
  'aa',
  'A',
  'é',
  '😀',
  '\uffff',
  'x.y',
  '`',
  '\\',
  '$int',
  '$double',
  '$keys',
  '$timestamp',
  '1',
  '10',
  '2',
  ' ',
  'a b',
  '\u0000',
  'a\u0000',
  '%',
  '%00',
  '__',
  'constructor',
  'toString',
  'value',
  'length',
];

/** A key of a map; `__proto__` and other reserved names are the malformed generator's. */
export function mapKey(prng: Prng): string {
  return prng.chance(0.6) ? prng.pick(['a', 'b', 'c']) : prng.pick(KEYS);
}

/** Any value, containers included; `depth` bounds the containers below. */
export function value(prng: Prng, depth = 3, inArray = false): Message {
  if (depth <= 0 || prng.chance(0.7)) return scalar(prng);
  return prng.weighted<() => Message>([
    [inArray ? 0 : 4, () => array(...prng.list(0, 4, () => value(prng, depth - 1, true)))],
    [4, () => map(fields(prng, 0, 3, depth - 1))],
    [inArray ? 0 : 1, () => vector(...prng.pick(VECTORS))],
    [1, () => tagLike(prng)],
  ])();
}

/** Maps that look like the stored form's own tags. */
function tagLike(prng: Prng): Message {
  const key = prng.pick([
    '$int',
    '$double',
    '$timestamp',
    '$string',
    '$bytes',
    '$ref',
    '$geo',
    '$vector',
    '$keys',
  ]);
  return map({
    [key]: prng.pick([text('1'), integer(1), text('NaN'), array(integer(1)), map({ $int: text('1') })]),
  });
}

export function fields(prng: Prng, low: number, high: number, depth = 3): Record<string, Message> {
  const out: Record<string, Message> = {};
  for (let i = prng.int(low, high); i > 0; i--) out[mapKey(prng)] = value(prng, depth);
  return out;
}

/** Containers down to a level: 20 is the deepest that is allowed below a field. */
export function nested(prng: Prng, levels: number): Message {
  let inner = scalar(prng);
  for (let level = 0; level < levels; level++) {
    inner = 'arrayValue' in inner || prng.chance(0.6) ? map({ a: inner }) : array(inner);
  }
  return inner;
}

/** Sizes at the limits; rare, because they are slow. */
export function huge(prng: Prng): Message {
  const size = prng.pick([1499, 1500, 1501, 100_000, 1_048_487, 1_048_488, 1_048_577]);
  return prng.chance(0.5) ? text('x'.repeat(size)) : bytes(Buffer.alloc(size, 1).toString('base64'));
}
