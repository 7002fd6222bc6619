import { deepStrictEqual } from 'node:assert';
import {
  deleteMember,
  type Fields,
  getMember,
  isMap,
  isTag,
  mapEntries,
  mapFrom,
  setMember,
  typeOf,
} from '@telestack/values';
import { arbitraryFields, arbitraryText } from '@telestack/values/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const names = (map: Fields): string[] =>
  mapEntries(map)
    .map(([name]) => name)
    .sort();

it('shows the members that were put in, whatever their names', () => {
  const keys = fc.oneof(
    arbitraryText(),
    fc.constantFrom('$int', '$keys', '$string', '%', '%00', '%25', '__proto__', 'constructor', 'a\0', '\0%'),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(keys, fc.integer()), { selector: ([key]) => key, maxLength: 4 }),
      (entries) => {
        const map = mapFrom(entries);
        expect(isTag(map)).toBe(false);
        expect(typeOf(map)).toBe('map');
        deepStrictEqual(new Map(mapEntries(map)), new Map(entries));
        for (const [key, value] of entries) expect(getMember(map, key)).toBe(value);
        // Member by member comes to the same, and the way back too.
        let built: Fields = {};
        for (const [key, value] of entries) built = setMember(built, key, value);
        deepStrictEqual(new Map(mapEntries(built)), new Map(entries));
        expect(isTag(built)).toBe(false);
        for (const [key] of entries) {
          built = deleteMember(built, key);
          expect(isTag(built)).toBe(false);
          expect(getMember(built, key)).toBeUndefined();
        }
        deepStrictEqual(built, {});
      },
    ),
    { numRuns: 1000 },
  );
});

it('leaves the map that it was given as it is', () => {
  fc.assert(
    fc.property(arbitraryFields(), fc.constantFrom('a', '$int', '$keys', 'a\0'), (fields, key) => {
      const before = JSON.stringify(fields);
      setMember(fields, key, 1);
      deleteMember(fields, key);
      expect(JSON.stringify(fields)).toBe(before);
    }),
  );
});

it('moves members as the tag syntax asks for it', () => {
  const alone = mapFrom([['$int', 1]]);
  expect(alone).toStrictEqual({ $keys: { $int: 1 } });
  const both = setMember(alone, 'b', 2);
  expect(both).toStrictEqual({ $int: 1, b: 2 });
  expect(deleteMember(both, 'b')).toStrictEqual(alone);
  expect(setMember({}, 'a\0%', 1)).toStrictEqual({ $keys: { 'a%00%25': 1 } });
  expect(mapFrom([['$keys', 1]])).toStrictEqual({ $keys: { $keys: 1 } });
});

it('does not mistake what every object inherits for a member', () => {
  expect(getMember({}, 'constructor')).toBeUndefined();
  expect(getMember({}, '__proto__')).toBeUndefined();
  expect(deleteMember({}, 'toString')).toStrictEqual({});
});

it('takes a $keys that is no object for a member', () => {
  expect(names({ $keys: 5, a: 1 })).toStrictEqual(['$keys', 'a']);
  expect(getMember({ $keys: 5, a: 1 }, '$keys')).toBe(5);
});

it('tells tags from maps', () => {
  expect(isMap({ $int: '1' })).toBe(false);
  expect(isMap({ $int: '1', a: 1 })).toBe(true);
  expect(isMap({ $other: 1 })).toBe(true);
  expect(isMap([])).toBe(false);
  expect(isMap(null)).toBe(false);
});
