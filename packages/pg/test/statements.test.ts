import { expect, test } from 'vitest';
import { StatementNames } from '../src/statements.ts';

test('a text gets a name at its third use, and keeps it', () => {
  const names = new StatementNames();
  const connection = {};
  expect(names.nameFor(connection, 'a')).toBeUndefined();
  expect(names.nameFor(connection, 'a')).toBeUndefined();
  const name = names.nameFor(connection, 'a');
  expect(name).toBeDefined();
  expect(names.nameFor({}, 'a')).toBe(name);
});

test('the least recently used name is evicted, on the connections that have it only', () => {
  const names = new StatementNames(2, 1);
  const first = {};
  const second = {};
  const a = names.nameFor(first, 'a');
  names.nameFor(first, 'b');
  names.nameFor(second, 'b');
  names.nameFor(first, 'a');
  const b = names.nameFor(second, 'b');
  names.nameFor(first, 'a');
  names.nameFor(first, 'c');
  expect(names.takeStale(first)).toEqual([b]);
  expect(names.takeStale(first)).toEqual([]);
  expect(names.takeStale(second)).toEqual([b]);
  expect(names.nameFor(first, 'a')).toBe(a);
});

test('a text that comes back after its eviction gets a new name', () => {
  const names = new StatementNames(1, 1);
  const connection = {};
  const first = names.nameFor(connection, 'a');
  names.nameFor(connection, 'b');
  expect(names.nameFor(connection, 'a')).not.toBe(first);
});

test('texts that are used once do not pile up', () => {
  const names = new StatementNames(2, 2);
  const connection = {};
  names.nameFor(connection, 'kept');
  for (let i = 0; i < 10; i++) names.nameFor(connection, `once ${i}`);
  // Its first use has been forgotten.
  expect(names.nameFor(connection, 'kept')).toBeUndefined();
});
