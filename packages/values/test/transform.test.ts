import { StatusError } from '@telestack/errors';
import {
  applyTransform,
  checkTransform,
  double,
  type Fields,
  int64,
  type Json,
  parseFieldPath,
  type TransformType,
} from '@telestack/values';
import { arbitraryInteger } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';
const NAN = { $double: 'NaN' };
const TIME = 1_767_323_045_678_912;
const increment = (by: Json): TransformType => ({ $case: 'increment', increment: by });
const maximum = (of: Json): TransformType => ({ $case: 'maximum', maximum: of });
const minimum = (of: Json): TransformType => ({ $case: 'minimum', minimum: of });
const append = (...list: Json[]): TransformType => ({
  $case: 'appendMissingElements',
  appendMissingElements: list,
});
const remove = (...list: Json[]): TransformType => ({
  $case: 'removeAllFromArray',
  removeAllFromArray: list,
});
const apply = (before: Json | undefined, transform: TransformType | undefined, path = 'f') =>
  applyTransform(
    before === undefined ? {} : { f: before },
    parseFieldPath(path),
    checkTransform(transform),
    TIME,
  );

// Read off Google's emulator.
describe('numbers', () => {
  it.each<[string, Json | undefined, TransformType, Json]>([
    ['increment of nothing', undefined, increment(3), 3],
    ['increment of text', 'a', increment({ $double: 1 }), { $double: 1 }],
    ['integers', 1, increment(3), 4],
    ['integer by double', 1, increment({ $double: 2 }), { $double: 3 }],
    ['double by integer', 1.5, increment(2), 3.5],
    ['overflow', { $int: MAX }, increment(1), { $int: MAX }],
    ['underflow', { $int: MIN }, increment(-1), { $int: MIN }],
    ['beyond 2^53', 9007199254740991, increment(2), { $int: '9007199254740993' }],
    [
      'big integer by double',
      { $int: '9007199254740993' },
      increment({ $double: 0 }),
      { $double: '9007199254740992' },
    ],
    ['by NaN', 1, increment(NAN), NAN],
    ['maximum of nothing', undefined, maximum(3), 3],
    ['maximum of text', 'z', maximum(3), 3],
    ['maximum of null', null, maximum(-5), -5],
    ['maximum of equals', 3, maximum({ $double: 3 }), 3],
    ['maximum of equals, double stored', { $double: 3 }, maximum(3), { $double: 3 }],
    ['maximum', 3, maximum({ $double: 4 }), { $double: 4 }],
    ['maximum with NaN', 3, maximum(NAN), NAN],
    ['maximum of NaN', NAN, maximum(3), NAN],
    ['minimum with NaN', 3, minimum(NAN), NAN],
    ['minimum of NaN', NAN, minimum(3), NAN],
    ['maximum of zeros', { $double: '-0' }, maximum(0), { $double: '-0' }],
    ['maximum of zeros, integer stored', 0, maximum({ $double: '-0' }), 0],
    ['minimum', 3, minimum(2.5), 2.5],
    ['minimum that is stored', 2, minimum(2.5), 2],
  ])('%s', (_, before, transform, after) => {
    expect(apply(before, transform)).toStrictEqual({ fields: { f: after }, result: after });
  });

  it.each([increment('x'), maximum('3'), minimum(null)])('refuses %j', (transform) => {
    expect(() => apply(1, transform)).toThrow(new StatusError(3, 'Input must be int64 or double.'));
  });

  it('adds every pair of integers exactly, held at the ends', () => {
    fc.assert(
      fc.property(arbitraryInteger(), arbitraryInteger(), (a, b) => {
        const sum = a + b;
        const held = sum > BigInt(MAX) ? BigInt(MAX) : sum < BigInt(MIN) ? BigInt(MIN) : sum;
        expect(apply(int64(a), increment(int64(b))).result).toStrictEqual(int64(held));
      }),
    );
  });

  it('adds doubles by IEEE 754', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (a, b) => {
        expect(apply(double(a), increment(double(b))).result).toStrictEqual(double(a + b));
      }),
    );
  });
});

describe('arrays', () => {
  it.each<[string, Json | undefined, TransformType, Json[]]>([
    ['append to nothing', undefined, append(1, { $double: 1 }, 2, null, null, NAN, NAN), [1, 2, null, NAN]],
    ['append', [1, 1], append({ $double: 1 }, 2), [1, 1, 2]],
    ['append to text', 'x', append(2), [2]],
    ['append nothing to text', 'x', append(), []],
    ['append an equal map', [{ a: 1 }], append({ a: { $double: 1 } }), [{ a: 1 }]],
    ['remove', [1, 2, { $double: 1 }, null], remove({ $double: 1 }, null), [2]],
    ['remove from text', 'x', remove(1), []],
    ['remove from nothing', undefined, remove(1), []],
  ])('%s', (_, before, transform, after) => {
    expect(apply(before, transform)).toStrictEqual({ fields: { f: after }, result: null });
  });
});

it('stamps the time of the request in milliseconds', () => {
  const stamp = { $timestamp: '2026-01-02T03:04:05.678000Z' };
  const transform: TransformType = { $case: 'setToServerValue', setToServerValue: 1 };
  expect(apply(undefined, transform)).toStrictEqual({ fields: { f: stamp }, result: stamp });
  expect(apply(1, transform, 'f.g').fields).toStrictEqual({ f: { g: stamp } });
});

it('makes the maps on its way', () => {
  expect(apply(undefined, increment(2), 'a.b.c').fields).toStrictEqual({ a: { b: { c: 2 } } });
  expect(apply({ $vector: [1] }, increment(2), 'f.g').fields).toStrictEqual({ f: { g: 2 } });
});

it('refuses what is no transform', () => {
  expect(() => apply(1, undefined)).toThrow('Operation type must be specified for field transformation.');
  expect(() => apply(1, { $case: 'setToServerValue', setToServerValue: 0 })).toThrow(
    'ServerValue type must be specified for set_to_server_value transformation.',
  );
});

it('leaves the fields that it was given as they are', () => {
  const fields: Fields = { f: [1] };
  applyTransform(fields, ['f'], append(2), TIME);
  expect(fields).toStrictEqual({ f: [1] });
});
