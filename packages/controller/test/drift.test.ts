import { expect, test } from 'vitest';
import { findDrift } from '../src/index.ts';

test.each([
  ['the same', { a: 1 }, { a: 1 }, undefined],
  ['a default that the server added', { a: { b: 1 } }, { a: { b: 1, c: 2 } }, undefined],
  ['another value', { a: { b: 1 } }, { a: { b: 2 } }, 'a.b'],
  ['a field that was taken away', { a: { b: 1 } }, { a: {} }, 'a.b'],
  ['nothing there', { a: [{ b: 1 }] }, {}, 'a'],
  ['empty and missing are one', { a: {}, b: [], c: undefined }, { a: null }, undefined],
  ['an item more in a list that is one value', { args: ['a'] }, { args: ['a', 'b'] }, 'args'],
  [
    'an item more in a list with keys',
    { env: [{ name: 'A', value: '1' }] },
    { env: [{ name: 'X' }, { name: 'A', value: '1' }] },
    undefined,
  ],
  [
    'a changed item in a list with keys',
    { env: [{ name: 'A', value: '1' }] },
    { env: [{ name: 'A', value: '2' }] },
    'env[0].value',
  ],
  [
    'ports are told apart by number',
    { ports: [{ port: 1, protocol: 'TCP' }] },
    { ports: [{ port: 1, protocol: 'TCP', nodePort: 5 }] },
    undefined,
  ],
  ['an object where a list should be', { a: [1] }, { a: { b: 1 } }, 'a'],
])('%s', (_what, desired, live, path) => {
  expect(findDrift(desired, live)).toBe(path);
});
