import { Code, StatusError } from '@telestack/errors';
import {
  checkDocumentSize,
  documentSize,
  type Fields,
  type Json,
  stringOf,
  validateFields,
  validateValue,
} from '@telestack/values';
import { arbitraryFields } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NAME = 'projects/p/databases/(default)/documents/c/x';
const nested = (maps: number, leaf: Json = 'x'): Json => {
  let value = leaf;
  for (let i = 0; i < maps; i++) value = { m: value };
  return value;
};
const alternating = (containers: number): Json => {
  let value: Json = 'x';
  for (let i = 0; i < containers; i++) value = i % 2 === 0 ? [value] : { m: value };
  return value;
};
const letters = (count: number): string => 'x'.repeat(count);
const referenceTo = (path: string): Json => ({ $ref: `projects/p/databases/(default)/documents/${path}` });

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.code).toBe(Code.INVALID_ARGUMENT);
    return error.message;
  }
  return 'accepted';
}

const INVALID_NESTED = 'Property a contains an invalid nested entity.';

// The emulator's words and limits, unless said.
describe('validateFields', () => {
  it.each<[string, Fields, string]>([
    ['an empty name', { '': 1 }, 'The property.name is the empty string.'],
    ['a nested empty name', { a: { '': 1 } }, INVALID_NESTED],
    ['a reserved name', { __a__: 1 }, 'field name __a__ is reserved'],
    ['a reserved name with a line feed', { '__a\nb__': 1 }, 'field name __a\nb__ is reserved'],
    ['five underscores', { _____: 1 }, 'field name _____ is reserved'],
    ['fewer underscores', { ____: 1, ___: 1, __: 1 }, 'accepted'],
    ['a nested reserved name', { a: { __a__: 1 } }, "field name '__a__' is reserved."],
    ['a reserved name in an array', { a: [{ __b__: 1 }] }, "field name '__b__' is reserved."],
    ['a vector with NaN', { a: { $vector: [1, 'NaN'] } }, 'Vector cannot contain NaN values.'],
    ['a nested one', { a: { b: { $vector: ['NaN'] } } }, INVALID_NESTED],
    ['an empty array, which is no level', { a: nested(20, []) }, 'accepted'],
    ['a map of an unknown type', { a: { __type__: 'x' } }, INVALID_NESTED],
    ['a long name', { [letters(1500)]: 1 }, 'accepted'],
    ['a longer name', { [letters(1501)]: 1 }, 'The property.name is longer than 1500 bytes.'],
    ['a long path', { a: { [letters(1498)]: 1 } }, 'accepted'],
    ['a longer path', { a: { [letters(1499)]: 1 } }, INVALID_NESTED],
    ['a long path through an array', { a: [{ [letters(1498)]: 1 }] }, 'accepted'],
    ['a long path of long names', { a: { [letters(800)]: { [letters(800)]: 1 } } }, INVALID_NESTED],
    ['names with dots and U+0000', { 'a.b': 1, $keys: { 'a%00': 1 } }, 'accepted'],
    ['20 maps', { a: nested(20) }, 'accepted'],
    ['21 maps', { a: nested(21) }, INVALID_NESTED],
    ['an empty map as the 20th', { a: nested(19, {}) }, 'accepted'],
    ['an empty map as the 21st', { a: nested(20, {}) }, INVALID_NESTED],
    ['20 maps and arrays', { a: alternating(20) }, 'accepted'],
    ['21 maps and arrays', { a: alternating(21) }, INVALID_NESTED],
    ['a vector in 20 maps', { a: nested(20, { $vector: [1] }) }, 'accepted'],
    ['an array in an array', { a: [[1]] }, 'Cannot convert an array value in an array value.'],
    ['an array in a map in an array', { a: [{ b: [1] }] }, 'accepted'],
    ['a vector in an array', { a: [{ $vector: [1] }] }, 'Cannot convert a vector value in an array value.'],
    ['a reference', { a: referenceTo(`${letters(1500)}/${letters(1500)}`) }, 'accepted'],
    [
      'a reference into a longer collection',
      { a: referenceTo(`${letters(1501)}/d`) },
      'The key path element kind is longer than 1500 bytes.',
    ],
    [
      'one to a longer id, in an array',
      { a: [referenceTo(`c/${letters(1501)}`)] },
      'The key path element name is longer than 1500 bytes.',
    ],
    ['one in a map', { a: { b: referenceTo(`c/${letters(1501)}`) } }, INVALID_NESTED],
    [
      'a reference 101 levels down',
      { a: referenceTo(Array(101).fill('c/d').join('/')) },
      'Key path is too long. Cannot exceed 100 elements.',
    ],
    ['long text', { a: letters(1_048_487) }, 'accepted'],
    ['longer text', { a: letters(1_048_488) }, 'The value of property "a" is longer than 1048487 bytes.'],
    ['longer text, nested', { a: { b: letters(1_048_488) } }, INVALID_NESTED],
    [
      'long bytes',
      { a: { $bytes: Buffer.alloc(1_048_488).toString('base64') } },
      'The value of property "a" is longer than 1048487 bytes.',
    ],
    ['1 MiB', { a: letters(524_259), b: letters(524_259) }, 'accepted'],
    [
      'more than 1 MiB',
      { a: letters(524_259), b: letters(524_260) },
      // Production's words; the emulator says "maximum entity size is 1048576 bytes".
      `Document '${NAME}' cannot be written because its size (1,048,577 bytes) exceeds the maximum allowed size of 1,048,576 bytes.`,
    ],
  ])('%s', (_, fields, message) => {
    expect(refusal(() => checkDocumentSize(NAME, validateFields(fields)))).toBe(message);
  });

  it('accepts every document that a client can write', () => {
    fc.assert(
      fc.property(arbitraryFields(), (fields) => {
        validateFields(fields);
      }),
    );
  });
});

it('lets a query ask for more than a document may hold, but for reserved names', () => {
  expect(refusal(() => validateValue([[{ a: [[1]], __type__: 'x' }]]))).toBe('accepted');
  expect(refusal(() => validateValue([{ a: { __x__: 1 } }]))).toBe("field name '__x__' is reserved.");
});

describe('documentSize', () => {
  it('is that of the documentation', () => {
    // firebase.google.com/docs/firestore/storage-size works this example out.
    const name = 'projects/p/databases/(default)/documents/users/jeff/tasks/my_task_id';
    expect(
      documentSize(name, {
        type: 'Personal',
        done: false,
        priority: 1,
        description: 'Learn Cloud Firestore',
      }),
    ).toBe(44 + 14 + 6 + 17 + 34 + 32);
  });

  it.each<[Json, number]>([
    [null, 1],
    [true, 1],
    [1, 8],
    [{ $double: 1 }, 8],
    [{ $timestamp: '2026-01-02T03:04:05.678900Z' }, 8],
    [{ $geo: [1, 2] }, 16],
    ['é', 3],
    [stringOf('a\0'), 3],
    [{ $bytes: 'aGk=' }, 2],
    [{ $ref: NAME }, 4 + 16],
    [{ $vector: [1, 2, 3] }, 24],
    [[1, 'a'], 10],
    [{ b: 1, $keys: { 'a%00': null } }, 2 + 8 + 3 + 1],
  ])('counts %j', (value, size) => {
    expect(documentSize(NAME, { f: value }) - documentSize(NAME, {})).toBe(2 + size);
  });
});
