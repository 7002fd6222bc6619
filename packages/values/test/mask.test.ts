import { deepStrictEqual } from 'node:assert';
import { type Fields, mapEntries, mergeFields, parseFieldPath, projectFields } from '@telestack/values';
import { arbitraryFields } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const VECTOR = { $vector: [1] };

// Both tables were read off Google's emulator.
describe('mergeFields', () => {
  it.each<[string, Fields | undefined, Fields, string[], Fields]>([
    ['deletes nothing below a scalar', { a: 1 }, {}, ['a.b'], { a: 1 }],
    ['replaces a scalar on the way', { a: 1 }, { a: { b: 2 } }, ['a.b'], { a: { b: 2 } }],
    ['leaves an empty map behind', { a: { b: 1 } }, {}, ['a.b'], { a: {} }],
    ['makes no parents for a deletion', {}, {}, ['a.b'], {}],
    ['starts from nothing', undefined, { a: 1, b: 2 }, ['a'], { a: 1 }],
    ['takes nothing with an empty mask', undefined, { a: 1 }, [], {}],
    [
      'deletes where the update has a scalar on the way',
      { a: { b: 1, c: 2 } },
      { a: 5 },
      ['a.b'],
      { a: { c: 2 } },
    ],
    ['leaves the rest alone', { x: 1 }, { a: 5 }, ['b'], { x: 1 }],
    ['deletes deep', { a: { b: { c: 1 } } }, {}, ['a.b.c'], { a: { b: {} } }],
    ['takes parent and child', { a: { b: 1, c: 1 } }, { a: { b: 2 } }, ['a.b', 'a'], { a: { b: 2 } }],
    ['replaces a vector on the way', { a: VECTOR }, { a: { b: 2 } }, ['a.b'], { a: { b: 2 } }],
    ['does not look into a vector', { a: VECTOR }, {}, ['a.value'], { a: VECTOR }],
  ])('%s', (_, existing, update, mask, result) => {
    expect(mergeFields(existing, update, mask.map(parseFieldPath))).toStrictEqual(result);
  });
});

describe('projectFields', () => {
  it.each<[Fields, string[], Fields]>([
    [{ a: { c: 1 }, z: 1 }, ['a.b'], {}],
    [{ a: 1 }, ['a.b'], {}],
    [{ a: { b: 1, c: 1 } }, ['a.b'], { a: { b: 1 } }],
    [{ a: { b: { d: 1 } } }, ['a.b.c'], {}],
    [{ a: { b: 1, c: 1 } }, ['a.b', 'a'], { a: { b: 1, c: 1 } }],
    [{ a: { b: 1, c: 1 } }, ['a', 'a.b'], { a: { b: 1, c: 1 } }],
    [{ a: 1 }, ['__name__'], {}],
    [{ a: 1, b: 1 }, ['__name__', 'a'], { a: 1 }],
    [{ a: 1 }, [], {}],
    [{ a: VECTOR }, ['a.value'], {}],
    [{ a: [{ b: 1 }] }, ['a.b'], {}],
  ])('%j by %j', (fields, mask, result) => {
    expect(projectFields(fields, mask.map(parseFieldPath))).toStrictEqual(result);
  });

  it('gives every field that it is asked for', () => {
    fc.assert(
      fc.property(arbitraryFields(), (fields) => {
        const paths = mapEntries(fields).map(([name]) => [name]);
        deepStrictEqual(projectFields(fields, paths), fields);
        deepStrictEqual(mergeFields(undefined, fields, paths), fields);
      }),
    );
  });
});
