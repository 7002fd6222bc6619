import { StatusError } from '@telestack/errors';
import {
  deleteField,
  type Fields,
  formatFieldPath,
  getField,
  isReserved,
  parseFieldPath,
  parseFieldPaths,
  setField,
} from '@telestack/values';
import { arbitraryFields, arbitraryText, arbitraryValue } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const arbitraryName = arbitraryText().filter((name) => name !== '' && !isReserved(name));
const arbitraryFieldPath = fc.array(arbitraryName, { minLength: 1, maxLength: 3 });

describe('parseFieldPath', () => {
  it.each<[string, string[]]>([
    ['a', ['a']],
    ['a.b_1._c', ['a', 'b_1', '_c']],
    ['`a b`', ['a b']],
    ['`a.b`.c', ['a.b', 'c']],
    ['`a\\`b`', ['a`b']],
    ['`a\\\\b`', ['a\\b']],
    ['`a\\nb`', ['a\nb']],
    ['`\\a\\b\\f\\r\\t\\v`', ['\x07\b\f\r\t\v']],
    ['`\\"\\\'\\?`', ['"\'?']],
    ['`\\x41\\u00e9\\U0001f600`', ['Aé😀']],
    ['`a\nb`', ['a\nb']],
    ['__name__', ['__name__']],
    ['____', ['____']],
    [`a.${'b'.repeat(1497)}`, ['a', 'b'.repeat(1497)]],
    [Array(20).fill('a').join('.'), Array<string>(20).fill('a')],
  ])('takes %s', (text, path) => {
    expect(parseFieldPath(text)).toStrictEqual(path);
  });

  it.each([
    'a..b',
    '.a',
    'a.',
    'a b',
    'a-b',
    '1a',
    'a.1',
    'é',
    '`a',
    '``',
    '`a`b',
    'a`b',
    '`a\\',
    'a\\b',
    '`\\d`',
    '`\\0`',
    '`\\x`',
    '`\\xb`',
    '`\\ud800`',
    '`\\U00110000`',
    '*',
    'a[0]',
    'a/b',
    '~a',
    ' a',
  ])('refuses %s', (text) => {
    expect(() => parseFieldPath(text)).toThrow(
      `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), ` +
        'and quoted property paths must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)',
    );
  });

  it.each([
    ['', 'Invalid empty property path string.'],
    ['__x__', 'Invalid reserved name in field path __x__'],
    ['a.__x__', 'Invalid reserved name in field path __x__'],
    ['`__x__`', 'Invalid reserved name in field path __x__'],
    ['a'.repeat(1500), 'property path is longer than 1500 bytes.'],
    [`a.${'b'.repeat(1499)}`, 'property path is longer than 1500 bytes.'],
    [Array(21).fill('a').join('.'), 'paths must have at most 20 elements'],
  ])('refuses %s: %s', (text, message) => {
    expect(() => parseFieldPath(text)).toThrow(new StatusError(3, message));
  });

  it('reads what formatFieldPath writes', () => {
    fc.assert(
      fc.property(arbitraryFieldPath, (path) => {
        expect(parseFieldPath(formatFieldPath(path))).toStrictEqual(path);
      }),
      { numRuns: 500 },
    );
  });
});

describe('fields by path', () => {
  it('are found where they were set, and gone when deleted', () => {
    fc.assert(
      fc.property(arbitraryFields(), arbitraryFieldPath, arbitraryValue(), (fields, path, value) => {
        const before = JSON.stringify(fields);
        const set = setField(fields, path, value);
        expect(getField(set, path)).toBe(value);
        expect(getField(deleteField(set, path), path)).toBeUndefined();
        expect(JSON.stringify(fields)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('are never looked for inside tags or arrays', () => {
    const fields: Fields = {
      t: { $geo: [1, 2] },
      v: { $vector: [1] },
      a: [{ b: 1 }],
      $keys: { 'n%00': { x: 5 } },
    };
    expect(getField(fields, ['t', '$geo'])).toBeUndefined();
    expect(getField(fields, ['v', 'value'])).toBeUndefined();
    expect(getField(fields, ['a', 'b'])).toBeUndefined();
    expect(getField(fields, ['$keys'])).toBeUndefined();
    expect(getField(fields, ['n\0', 'x'])).toBe(5);
  });

  it('share what does not change', () => {
    const fields: Fields = { a: { b: 1 }, c: { d: 1 } };
    expect(setField(fields, ['a', 'x'], 1).c).toBe(fields.c);
    expect(deleteField(fields, ['a', 'x', 'y'])).toBe(fields);
  });
});

it('the paths of a mask are all read before one is judged', () => {
  expect(parseFieldPaths(['a.b', '`c d`'])).toEqual([['a', 'b'], ['c d']]);
  expect(() => parseFieldPaths(['v.__type__', 'a.'])).toThrow('Invalid property path "a."');
  expect(() => parseFieldPaths(['v.__type__', 'a.__name__'])).toThrow('the name __type__ is reserved');
});
