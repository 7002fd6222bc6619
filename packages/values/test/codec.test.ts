import { deepStrictEqual } from 'node:assert';
import { createRequire } from 'node:module';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import {
  ArrayValue,
  Document,
  double,
  encodeDocument,
  type Fields,
  int64,
  type Json,
  MapValue,
  mapFrom,
  Timestamp,
  Value,
} from '@telestack/values';
import { arbitraryFields, arbitraryValue } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Google's own messages, as their client ships them: an independent reader and writer of the wire format. */
interface GoogleMessage {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(object: object): object;
}
const protos = createRequire(import.meta.url)(
  '../../../node_modules/@google-cloud/firestore/build/protos/firestore_v1_proto_api.js',
) as { google: { firestore: { v1: Record<'Document' | 'Value', GoogleMessage> } } };
const google = protos.google.firestore.v1;

const NAME = 'projects/p/databases/(default)/documents/users/alice';
const wire = (value: Json): Uint8Array => Value.encode(value).finish();
const byGoogle = (value: object): Json =>
  Value.decode(google.Value.encode(google.Value.fromObject(value)).finish());

describe('round trips', () => {
  it('keeps every stored value', () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        // Not toStrictEqual: it takes a member named `constructor` for the constructor.
        deepStrictEqual(Value.decode(wire(value)), value);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every document, also through the official messages', () => {
    fc.assert(
      fc.property(arbitraryFields(), (fields) => {
        const document = { name: NAME, fields, createTime: 1_767_323_045_678_900, updateTime: -1 };
        const bytes = encodeDocument(NAME, fields, document.createTime, document.updateTime);
        deepStrictEqual(Document.decode(bytes), document);
        const again = google.Document.encode(google.Document.decode(bytes)).finish();
        deepStrictEqual(Document.decode(again), document);
        expect(Document.encode(document).finish()).toStrictEqual(new Uint8Array(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('survives JSON, which is what is stored', () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        expect(wire(JSON.parse(JSON.stringify(value)) as Json)).toStrictEqual(wire(value));
      }),
    );
  });

  it('takes part in generated messages', () => {
    const update = { name: NAME, fields: { a: [1, { b: null }] }, createTime: undefined, updateTime: 5 };
    const write = Write.fromPartial({ operation: { $case: 'update', update } });
    expect(Write.decode(Write.encode(write).finish())).toStrictEqual(write);
  });

  it('keeps documents larger than its buffers', () => {
    const fields: Fields = {
      text: 'é'.repeat(300_000),
      list: Array.from({ length: 20_000 }, (_, i) => i - 10_000),
      bytes: { $bytes: Buffer.alloc(500_000, 7).toString('base64') },
    };
    expect(Document.decode(encodeDocument(NAME, fields, 1, 2)).fields).toStrictEqual(fields);
    const nested: Fields = {};
    for (let i = 0; i < 2000; i++) nested[`k${i}`] = { inner: 'x'.repeat(i % 300) };
    expect(Document.decode(encodeDocument(NAME, nested, 1, 2)).fields).toStrictEqual(nested);
  });

  it('encodes lists and maps that stand alone', () => {
    expect(ArrayValue.decode(ArrayValue.encode([1, 'a', []]).finish())).toStrictEqual([1, 'a', []]);
    expect(MapValue.decode(MapValue.encode({ a: { $double: 1 } }).finish())).toStrictEqual({
      a: { $double: 1 },
    });
  });
});

describe('the stored form of what Google writes', () => {
  it.each<[object, Json]>([
    [{ nullValue: 'NULL_VALUE' }, null],
    [{ integerValue: 42 }, 42],
    [{ integerValue: '-9223372036854775808' }, { $int: '-9223372036854775808' }],
    [{ integerValue: '9007199254740991' }, 9007199254740991],
    [{ integerValue: '-9007199254740992' }, { $int: '-9007199254740992' }],
    [{ doubleValue: 1.5 }, 1.5],
    [{ doubleValue: 10 }, { $double: 10 }],
    [{ doubleValue: 1e300 }, { $double: '1e+300' }],
    [{ doubleValue: -0 }, { $double: '-0' }],
    [{ doubleValue: Number.NaN }, { $double: 'NaN' }],
    [{ timestampValue: { seconds: -1, nanos: 999_999_999 } }, { $timestamp: '1969-12-31T23:59:59.999999Z' }],
    [{ timestampValue: { seconds: -62135596800 } }, { $timestamp: '0001-01-01T00:00:00.000000Z' }],
    [{ timestampValue: { nanos: 1999 } }, { $timestamp: '1970-01-01T00:00:00.000001Z' }],
    [{ stringValue: 'a\0b' }, { $string: 'YQBi' }],
    [{ bytesValue: Buffer.from('hi') }, { $bytes: 'aGk=' }],
    [{ referenceValue: NAME }, { $ref: NAME }],
    [{ geoPointValue: { latitude: 52.5, longitude: 13.4 } }, { $geo: [52.5, 13.4] }],
    [{ mapValue: { fields: { $int: { integerValue: 1 } } } }, { $keys: { $int: 1 } }],
    [
      { mapValue: { fields: { b: { integerValue: 1 }, 'a\0': { integerValue: 2 } } } },
      { b: 1, $keys: { 'a%00': 2 } },
    ],
    [
      {
        mapValue: {
          fields: {
            __type__: { stringValue: '__vector__' },
            value: { arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: Number.NaN }] } },
          },
        },
      },
      { $vector: [1, 'NaN'] },
    ],
  ])('%j is %j', (value, stored) => {
    expect(byGoogle(value)).toStrictEqual(stored);
    expect(Value.decode(wire(stored))).toStrictEqual(stored);
  });

  it('agrees on every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        expect(byGoogle({ integerValue: String(n) })).toStrictEqual(int64(n));
        expect(Buffer.from(wire(int64(n)))).toStrictEqual(
          Buffer.from(google.Value.encode(google.Value.fromObject({ integerValue: String(n) })).finish()),
        );
      }),
    );
  });

  it('agrees on every double', () => {
    fc.assert(
      fc.property(fc.double(), (n) => {
        expect(byGoogle({ doubleValue: n })).toStrictEqual(double(n));
      }),
    );
  });

  it('keeps a member named __proto__ to itself', () => {
    const fields = mapFrom([['__proto__', { polluted: true }]]);
    const decoded = Value.decode(wire(fields)) as Fields;
    expect(Object.keys(decoded)).toStrictEqual(['__proto__']);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect('polluted' in decoded).toBe(false);
  });

  it('lets the last of two values win, and skips what it does not know', () => {
    expect(Value.decode(Uint8Array.of(8, 1, 16, 5))).toBe(5);
    expect(Value.decode(Uint8Array.of(8, 1, 0xb2, 1, 1, 65, 0xc5, 1, 0, 0, 0, 0))).toBe(true);
    expect(Value.decode(Uint8Array.of(8, 0xac, 2))).toBe(true);
    expect(Value.decode(Uint8Array.of(88, 5))).toBe(null);
  });
});

describe('what SQL may have stored', () => {
  it.each<[Json, Json]>([
    [{ $timestamp: 'yesterday' }, { $keys: { $timestamp: 'yesterday' } }],
    [{ $timestamp: 5 }, { $keys: { $timestamp: 5 } }],
    [{ $ref: 'users/alice' }, { $keys: { $ref: 'users/alice' } }],
    [{ $int: '99999999999999999999' }, { $keys: { $int: '99999999999999999999' } }],
    [{ $int: { a: 1 } }, { $keys: { $int: { a: 1 } } }],
    [{ $geo: [91, 0] }, { $keys: { $geo: [91, 0] } }],
    [{ $vector: [] }, { $keys: { $vector: [] } }],
    [{ $other: 1 }, { $keys: { $other: 1 } }],
    [{ $timestamp: '2026-01-02T03:04:05Z' }, { $timestamp: '2026-01-02T03:04:05.000000Z' }],
    [1e300, { $double: '1e+300' }],
    [-0, 0],
  ])('%j goes out as %j', (stored, seen) => {
    expect(Value.decode(wire(stored))).toStrictEqual(seen);
  });
});

describe('times', () => {
  it('are microseconds', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (micros) => {
        expect(Timestamp.decode(Timestamp.encode(micros).finish())).toBe(micros);
      }),
    );
  });

  it('between two microseconds are told apart from both', () => {
    const bytes = new BinaryWriter().uint32(8).int64(-1).uint32(16).int32(999_999_999).finish();
    expect(Timestamp.decode(bytes)).toBe(-0.5);
  });
});

it('leaves a reader behind a message that it refuses', () => {
  const reader = new BinaryReader(
    new BinaryWriter().uint32(2).uint32(16).raw(Uint8Array.of(0xff)).uint32(7).finish(),
  );
  expect(() => Value.decode(reader, reader.uint32())).toThrow('Invalid protobuf byte sequence.');
  expect(reader.uint32()).toBe(7);
});
