import { create, fromBinary, fromJson as libraryFromJson, toBinary, toJsonString } from '@bufbuild/protobuf';
import { Code } from '@telestack/errors';
import { firestoreDescriptors } from '@telestack/protos/descriptors.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromJson, parseJson, toJson } from '../src/index.ts';

const registry = firestoreDescriptors();
const message = (name: string) => registry.getMessage(`google.firestore.v1.${name}`)!;
const WRITE = message('Write');
const COMMIT = message('CommitRequest');
const QUERY = message('RunQueryRequest');

const name = fc.string({ unit: 'binary', maxLength: 5 }).filter((text) => text !== '__proto__');
const base64 = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const timestamp = fc
  .tuple(
    fc.integer({ min: -62135596800, max: 253402300799 }),
    fc.constantFrom('', '.5', '.120', '.000001', '.999999999'),
  )
  .map(([seconds, fraction]) => new Date(seconds * 1000).toISOString().replace('.000Z', `${fraction}Z`));
const double = fc.oneof(
  fc.double({ noNaN: true }).filter(Number.isFinite),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', 0, 1e300, 5e-324),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ nullValue: fc.constant(null) }),
    fc.record({ booleanValue: fc.boolean() }),
    fc.record({ integerValue: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String) }),
    fc.record({ doubleValue: double }),
    fc.record({ timestampValue: timestamp }),
    fc.record({ stringValue: name }),
    fc.record({ bytesValue: base64 }),
    fc.record({ referenceValue: name }),
    fc.record({ geoPointValue: fc.record({ latitude: double, longitude: double }, { requiredKeys: [] }) }),
    fc.record({
      arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }, { requiredKeys: [] }),
    }),
    fc.record({
      mapValue: fc.record(
        { fields: fc.dictionary(name, tie('value'), { maxKeys: 3 }) },
        { requiredKeys: [] },
      ),
    }),
  ),
}));
const write = fc.record(
  {
    update: fc.record({ name, fields: fc.dictionary(name, value, { maxKeys: 4 }) }),
    updateMask: fc.record({ fieldPaths: fc.array(name, { maxLength: 3 }) }),
    updateTransforms: fc.array(
      fc.record({ fieldPath: name, setToServerValue: fc.constantFrom('REQUEST_TIME', 1, 0) }),
      { maxLength: 2 },
    ),
    currentDocument: fc.oneof(fc.record({ exists: fc.boolean() }), fc.record({ updateTime: timestamp })),
  },
  { requiredKeys: [] },
);

describe('both ways, against the library that passes the conformance tests of protobuf', () => {
  test('reads generated writes', () => {
    fc.assert(
      fc.property(write, (json) => {
        const ours = fromBinary(WRITE, fromJson(WRITE, json));
        const theirs = libraryFromJson(WRITE, json as never);
        expect(Buffer.from(toBinary(WRITE, ours))).toEqual(Buffer.from(toBinary(WRITE, theirs)));
      }),
      { numRuns: 300 },
    );
  });

  test('writes generated writes', () => {
    fc.assert(
      fc.property(write, (json) => {
        const bytes = toBinary(WRITE, libraryFromJson(WRITE, json as never));
        const text = toJson(WRITE, bytes);
        const theirs = JSON.parse(toJsonString(WRITE, fromBinary(WRITE, bytes)));
        // The library's text loses the sign of zero, as JSON.stringify does.
        expect(JSON.parse(JSON.stringify(JSON.parse(text)))).toEqual(theirs);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [
      QUERY,
      {
        parent: 'p',
        structuredQuery: { where: { fieldFilter: { field: { fieldPath: 'a' }, op: 'IN' } }, limit: 0 },
      },
    ],
    [
      QUERY,
      {
        structured_query: { limit: '7', order_by: [{ direction: 2 }] },
        explainOptions: {},
        readTime: '2020-02-29T12:00:00-01:30',
      },
    ],
    [QUERY, { newTransaction: { readWrite: {} }, parent: null }],
    [
      message('ListenRequest'),
      { addTarget: { targetId: 2, once: true, expectedCount: 0 }, labels: { a: 'b', '': '' } },
    ],
    [message('BatchWriteResponse'), { status: [{ code: 3, message: 'x', details: [] }, {}] }],
    [
      message('ExplainMetrics'),
      { executionStats: { executionDuration: '-0.000001s', resultsReturned: '3' } },
    ],
    [message('BloomFilter'), { bits: { bitmap: '__8', padding: 3 }, hashCount: 1 }],
  ])('%s', (type, json) => {
    const theirs = toBinary(type, libraryFromJson(type, json as never));
    const bytes = fromJson(type, json);
    expect(toBinary(type, fromBinary(type, bytes))).toEqual(theirs);
    expect(JSON.parse(toJson(type, bytes))).toEqual(JSON.parse(toJsonString(type, fromBinary(type, theirs))));
  });

  test('structures of any JSON are written', () => {
    const stats = { debugStats: { a: [1, null, 'x', { b: true }], c: {} } };
    const type = message('ExecutionStats');
    const bytes = toBinary(type, libraryFromJson(type, stats as never));
    expect(JSON.parse(toJson(type, bytes))).toEqual(stats);
  });

  test('a field that the message does not know is left out', () => {
    const bytes = Buffer.concat([fromJson(COMMIT, { database: 'd' }), Buffer.from([0xfa, 0x07, 1, 65])]);
    expect(toJson(COMMIT, bytes)).toBe('{"database":"d"}');
    expect(toJson(message('Empty') ?? COMMIT, new Uint8Array())).toBe('{}');
  });

  test('the sign of zero survives', () => {
    const type = message('Value');
    for (const json of [{ doubleValue: -0 }, { doubleValue: '-0' }]) {
      expect(Object.is(JSON.parse(toJson(type, fromJson(type, json))).doubleValue, -0)).toBe(true);
    }
  });
});

describe('what is refused, in the words of Google’s APIs', () => {
  test.each([
    ['[]', 'Unknown name "": Root element must be a message.'],
    ['{"bogus":1}', 'Unknown name "bogus": Cannot find field.'],
    ['{"writes":[{"update":{}},{"x":1}]}', `Unknown name "x" at 'writes[1]': Cannot find field.`],
    [
      '{"writes":[{"update":{"fields":{"a":{"nullValue":null},"b":{"y":1}}}}]}',
      `Unknown name "y" at 'writes[0].update.fields[1].value': Cannot find field.`,
    ],
    [
      '{"writes":[{"update":{"fields":{"a":{"integerValue":1,"stringValue":"x"}}}}]}',
      `Invalid value at 'writes[0].update.fields[0].value' (oneof), oneof field 'value_type' is already set. Cannot set 'stringValue'`,
    ],
    [
      '{"writes":[{"update":{"fields":{"a":{"integerValue":"x"}}}}]}',
      `Invalid value at 'writes[0].update.fields[0].value.integer_value' (TYPE_INT64), "x"`,
    ],
    ['{"writes":[{"update":{"fields":{"a":{"integerValue":1.5}}}}]}', '(TYPE_INT64), 1.5'],
    [
      '{"writes":[{"update":{"fields":{"a":{"integerValue":9223372036854775808}}}}]}',
      '(TYPE_INT64), "9223372036854775808"',
    ],
    ['{"writes":[{"update":{"fields":{"a":{"doubleValue":1e999}}}}]}', '(TYPE_DOUBLE)'],
    ['{"writes":[{"update":{"fields":{"a":{"booleanValue":"true"}}}}]}', '(TYPE_BOOL), "true"'],
    ['{"writes":[{"update":{"fields":{"a":{"bytesValue":"="}}}}]}', '(TYPE_BYTES), "="'],
    ['{"writes":[{"update":{"fields":{"a":{"stringValue":"\\ud800"}}}}]}', '(TYPE_STRING)'],
    ['{"writes":[{"update":{"fields":{"\\udc00":{"stringValue":""}}}}]}', '(TYPE_STRING)'],
    [
      '{"writes":[{"update":{"fields":{"a":{"timestampValue":"2021-02-29T00:00:00Z"}}}}]}',
      'google.protobuf.Timestamp',
    ],
    [
      '{"writes":[{"update":{"fields":{"a":{"timestampValue":"0000-12-31T00:00:00Z"}}}}]}',
      'google.protobuf.Timestamp',
    ],
    ['{"writes":[{"update":{"fields":{"a":{"nullValue":"x"}}}}]}', 'google.protobuf.NullValue'],
    ['{"writes":3}', `Invalid value at 'writes' (type.googleapis.com/google.firestore.v1.Write), 3`],
    ['{"writes":[null]}', `Invalid value at 'writes[0]'`],
    [
      '{"writes":[{"update":[]}]}',
      `Unknown name "update" at 'writes[0]': Proto field is not repeating, cannot start list.`,
    ],
    [
      '{"writes":[{"updateMask":{},"update_mask":{}}]}',
      `Unknown name "update_mask" at 'writes[0]': Field is already set.`,
    ],
    ['{"writes":[', 'Unexpected end of string.'],
  ])('%s', (text, expected) => {
    let thrown: unknown;
    try {
      fromJson(COMMIT, parseJson(text));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: Code.INVALID_ARGUMENT, message: expect.stringContaining(expected) });
  });

  test('nesting without end', () => {
    let json: unknown = { nullValue: null };
    for (let i = 0; i < 60; i++) json = { arrayValue: { values: [json] } };
    expect(() => fromJson(message('Value'), json)).toThrow('Message too deep');
  });
});

test('integers beyond 2^53 that stand as numbers are exact', () => {
  const json = parseJson('{"integerValue": 9007199254740993, "x": 1.2345678901234567}') as Record<
    string,
    unknown
  >;
  expect(json.integerValue).toBe('9007199254740993');
  expect(json.x).toBe(1.2345678901234567);
  expect(create(COMMIT)).toBeDefined();
});
