import fc from 'fast-check';
import type { Fields, Json } from './json.ts';
import { mapFrom } from './members.ts';
import { double, int64 } from './numbers.ts';
import { bytesOf, geoPointOf, referenceOf, stringOf, vectorOf } from './tags.ts';
import { formatTime, MAX_SECONDS, MIN_SECONDS } from './time.ts';

/** Texts around the edges of UTF-8 order, the sort key's escapes and percent-escaped member names. */
const EDGE_TEXTS = [
  '',
  'a',
  'ab',
  'b',
  '\0',
  'a\0',
  '\x01',
  'a\x01b',
  '\x02',
  '%',
  '%00',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '😀',
  '𝒳',
];

export const arbitraryText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...EDGE_TEXTS),
    fc.string({ maxLength: 6, unit: 'binary' }),
    fc.string({ maxLength: 40 }),
  );

/** Names of members, among them those that the stored form has to move out of the way. */
const arbitraryKey = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'ab', 'é', '😀', '\ue000') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '$int',
        '$keys',
        '$',
        '$x%',
        '$ref',
        'a\0b',
        'a\x01',
        '%00',
        'constructor',
        '1',
        '10',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.string({ minLength: 1, maxLength: 5 }).filter((key) => !/^__.*__$/.test(key)),
    },
  );

const EDGE_DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  -5e-324,
  1e300,
  -1e300,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 + 2,
  2 ** 63,
  -(2 ** 63),
  Number.MAX_VALUE,
  10,
  1e21,
];

export const arbitraryDouble = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(...EDGE_DOUBLES),
    fc.double(),
    fc.integer().map((n) => n / 2),
  );

const MAX_INT64 = 2n ** 63n - 1n;
const EDGE_INTEGERS = [
  0n,
  1n,
  -1n,
  10n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) + 1n,
  -(2n ** 53n),
  -(2n ** 53n) - 1n,
  MAX_INT64,
  MAX_INT64 - 511n,
  MAX_INT64 - 512n,
  -(2n ** 63n),
  2n ** 32n,
  -(2n ** 31n),
];

export const arbitraryInteger = (): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.constantFrom(...EDGE_INTEGERS),
    fc.bigInt({ min: -(2n ** 63n), max: MAX_INT64 }),
    fc.integer().map(BigInt),
    fc.maxSafeInteger().map(BigInt),
  );

export const arbitraryNumber = (): fc.Arbitrary<Json> =>
  fc.oneof(arbitraryInteger().map(int64), arbitraryDouble().map(double));

const arbitraryTimestamp = (): fc.Arbitrary<Json> =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(MIN_SECONDS, MAX_SECONDS, 0, -1),
        fc.integer(),
        fc.maxSafeInteger().map((n) => n % MAX_SECONDS),
      ),
      fc.constantFrom(0, 1, 1000, 500_000, 999_999),
    )
    .map(([seconds, micros]) => ({ $timestamp: formatTime(Math.max(seconds, MIN_SECONDS), micros) }));

const arbitraryId = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('a', 'b', 'ab', 'a-b', 'A', 'é', '😀', '\ue000', '1', '10'),
    fc.string({ minLength: 1, maxLength: 4 }).filter((id) => !/^\.\.?$|\/|^__.*__$/.test(id)),
  );

/** A path to a document: an even number of segments. */
export const arbitraryPath = (): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(arbitraryId(), arbitraryId()), { minLength: 1, maxLength: 3 })
    .map((pairs) => pairs.flat().join('/'));

const arbitraryReference = (): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.constantFrom('projects/p/databases/d', 'projects/p/databases/(default)'), arbitraryPath())
    .map(([database, path]) => referenceOf(`${database}/documents/${path}`));

const arbitraryGeoPoint = (): fc.Arbitrary<Json> =>
  fc
    .tuple(
      fc.oneof(fc.constantFrom(0, 90, -90, 1.5), fc.double({ min: -90, max: 90, noNaN: true })),
      fc.oneof(fc.constantFrom(0, 180, -180, 1.5), fc.double({ min: -180, max: 180, noNaN: true })),
    )
    .map(([latitude, longitude]) => geoPointOf(latitude, longitude));

/** A stored value that holds no other: null, boolean, number, timestamp, string, bytes, reference, geopoint, vector. */
export const arbitraryScalar = (): fc.Arbitrary<Json> =>
  fc.oneof(
    fc.constant(null),
    fc.boolean(),
    arbitraryNumber(),
    arbitraryTimestamp(),
    arbitraryText().map(stringOf),
    fc.uint8Array({ maxLength: 5 }).map(bytesOf),
    arbitraryReference(),
    arbitraryGeoPoint(),
    // Google refuses vectors that hold NaN.
    fc
      .array(
        arbitraryDouble().filter((n) => !Number.isNaN(n)),
        { minLength: 1, maxLength: 3 },
      )
      .map(vectorOf),
  );

const mapOf = (value: fc.Arbitrary<Json>): fc.Arbitrary<Fields> =>
  fc.array(fc.tuple(arbitraryKey(), value), { maxLength: 3 }).map(mapFrom);

/** A value of any type in its stored form, as a document may hold it: arrays and vectors are not in arrays. */
export function arbitraryValue(): fc.Arbitrary<Json> {
  return fc.letrec<{ value: Json; element: Json; array: Json[]; map: Fields }>((tie) => {
    const isElement = (v: Json): boolean => !(typeof v === 'object' && v !== null && '$vector' in v);
    return {
      value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, arbitraryScalar(), tie('array'), tie('map')),
      element: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        arbitraryScalar().filter(isElement),
        tie('map'),
      ),
      array: fc.array(tie('element'), { maxLength: 3 }),
      map: mapOf(tie('value')),
    };
  }).value;
}

/** A document's fields. */
export const arbitraryFields = (): fc.Arbitrary<Fields> => mapOf(arbitraryValue());
