import { deepStrictEqual } from 'node:assert';
import { Code, StatusError } from '@telestack/errors';
import { Document, type Json, Value } from '@telestack/values';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const bytes = (...list: (number | string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    list.map((one) => (typeof one === 'number' ? Buffer.from([one]) : Buffer.from(one as Uint8Array))),
  );
/** A field with a length: its tag bytes, then its content. */
const field = (tag: number[], content: Uint8Array | string): Buffer => {
  const body = Buffer.from(content as Uint8Array);
  const length: number[] = [];
  for (let n = body.length; ; n >>>= 7) {
    length.push(n > 0x7f ? (n & 0x7f) | 0x80 : n);
    if (n <= 0x7f) break;
  }
  return bytes(Buffer.from([...tag, ...length]), body);
};
const text = (value: string): Buffer => field([0x8a, 1], value);
const entry = (key: string, value: Buffer): Buffer =>
  field([10], bytes(field([10], key), field([18], value)));
const map = (...entries: Buffer[]): Buffer => field([50], bytes(...entries));
const array = (...values: Buffer[]): Buffer =>
  field([74], bytes(...values.map((value) => field([10], value))));
const reference = (name: string): Buffer => field([42], name);
const double = (n: number): Buffer => {
  const body = Buffer.alloc(9, 25);
  body.writeDoubleLE(n, 1);
  return body;
};
const geo = (latitude: number, longitude: number): Buffer => {
  const body = Buffer.alloc(18);
  body[0] = 9;
  body.writeDoubleLE(latitude, 1);
  body[9] = 17;
  body.writeDoubleLE(longitude, 10);
  return field([66], body);
};
const varint = (n: bigint): Buffer => {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, n);
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...out, Number(rest)]);
};
const time = (seconds: bigint, nanos: bigint): Buffer =>
  field([82], bytes(8, varint(seconds), 16, varint(nanos)));
const vector = (...more: Buffer[]): Buffer => map(entry('__type__', text('__vector__')), ...more);

function refusal(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.code).toBe(Code.INVALID_ARGUMENT);
    return error.message;
  }
  return 'accepted';
}

it.each<[string, Buffer, string]>([
  ['no type', bytes(), 'Cannot convert firestore.v1.Value with type unset.'],
  ['no type in an array', array(bytes()), 'Cannot convert firestore.v1.Value with type unset.'],
  [
    'an entry without a value',
    map(field([10], field([10], 'a'))),
    'Cannot convert firestore.v1.Value with type unset.',
  ],
  ['a wrong wire type', bytes(10, 1, 65), 'Cannot convert firestore.v1.Value with type unset.'],
  ['a field reference', field([0x9a, 1], 'a'), 'Value type is not supported: FIELD_REFERENCE_VALUE'],
  ['a function', field([0xa2, 1], ''), 'Value type is not supported: FUNCTION_VALUE'],
  ['a pipeline', field([0xaa, 1], ''), 'Value type is not supported: PIPELINE_VALUE'],
  ['early time', time(-62135596801n, 0n), 'Timestamp seconds exceeds limit for field.'],
  ['late time', time(253402300800n, 0n), 'Timestamp seconds exceeds limit for field.'],
  ['latest time', time(253402300799n, 999_999_999n), 'accepted'],
  ['negative nanos', time(0n, -1n), 'Timestamp nanos exceeds limit for field.'],
  ['too many nanos', time(0n, 1_000_000_000n), 'Timestamp nanos exceeds limit for field.'],
  ['north of the pole', geo(90.1, 0), "Geo point latitude '90.1' outside permitted range -90.0 to 90.0."],
  ['NaN degrees', geo(Number.NaN, 0), "Geo point latitude 'NaN' outside permitted range -90.0 to 90.0."],
  ['too far east', geo(0, 181), "Geo point longitude '181.0' outside permitted range -180.0 to 180.0."],
  [
    'infinite degrees',
    geo(0, Number.POSITIVE_INFINITY),
    "Geo point longitude 'Infinity' outside permitted range -180.0 to 180.0.",
  ],
  ['the corners', geo(-90, 180), 'accepted'],
  ['no reference', reference('foo'), 'Resource name "foo" lacks "projects" at index 0.'],
  ['a database', reference('projects/p/databases/d'), 'Non-document resource reference value not supported.'],
  [
    'a reserved id',
    reference('projects/p/databases/d/documents/c/__x__'),
    'Resource id "__x__" is invalid because it is reserved.',
  ],
  ['bad UTF-8', bytes(0x8a, 1, 2, 0xff, 0xfe), 'String value is not valid UTF-8.'],
  ['a surrogate in UTF-8', bytes(0x8a, 1, 3, 0xed, 0xa0, 0x80), 'String value is not valid UTF-8.'],
  ['a vector of nothing', vector(), "Vector map is missing key 'value'."],
  ['an empty vector', vector(entry('value', array())), 'Cannot have a zero length vector.'],
  [
    'a vector with more',
    vector(entry('value', array(double(1))), entry('x', text('y'))),
    'Vector Value map has extraneous entries.',
  ],
  ['a vector that is text', vector(entry('value', text('x'))), 'Vector Value type must be an array.'],
  [
    'a vector of integers',
    vector(entry('value', array(bytes(16, 1)))),
    "Vector must only contain values of type 'double'",
  ],
  [
    'a long vector',
    vector(entry('value', array(...Array<Buffer>(2049).fill(double(1))))),
    'Vectors must be at most 2048 dimensions.',
  ],
  ['the longest vector', vector(entry('value', array(...Array<Buffer>(2048).fill(double(1))))), 'accepted'],
  ['a cut varint', bytes(16, 0xff), 'Invalid protobuf byte sequence.'],
  ['an endless varint', bytes(16, Buffer.alloc(11, 0xff)), 'Invalid protobuf byte sequence.'],
  ['a length beyond the end', bytes(0x8a, 1, 5, 65), 'Invalid protobuf byte sequence.'],
  ['an unknown map type', map(entry('__type__', text('x'))), 'accepted'],
  ['a map type that is no text', map(entry('__type__', double(1))), 'Field __type__ is not a string.'],
  // A query's `in` takes a list of lists; writes check for themselves.
  ['an array in an array', array(array(text('x'))), 'accepted'],
])('%s', (_, value, message) => {
  expect(refusal(() => Value.decode(value))).toBe(message);
});

it('refuses nesting that no document has', () => {
  let value = bytes(8, 1);
  for (let i = 0; i < 300; i++) value = map(entry('m', value));
  expect(refusal(() => Value.decode(value))).toBe('Value is nested too deeply.');
});

it('refuses or accepts any bytes, and never fails otherwise', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .array(fc.constantFrom(10, 18, 50, 74, 8, 1, 2, 3, 66, 82, 138, 1, 0), { maxLength: 30 })
      .map((list) => Uint8Array.from(list)),
  );
  fc.assert(
    fc.property(anyBytes, (input) => {
      refusal(() => Document.decode(input));
      let value: Json | undefined;
      refusal(() => {
        value = Value.decode(input);
      });
      if (value !== undefined) deepStrictEqual(Value.decode(Value.encode(value).finish()), value);
    }),
    { numRuns: 2000 },
  );
});
