import { Code } from '@telestack/errors';
import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery } from '@telestack/query';
import { describe, expect, it } from 'vitest';
import {
  after,
  before,
  is,
  normalize,
  type Parts,
  ROOT,
  range,
  ref,
  structuredQuery,
  where,
} from './build.ts';

const invalid = (message: string) => expect.objectContaining({ code: Code.INVALID_ARGUMENT, message });

const AFTER_KEY = 'order by clause cannot contain more fields after the key';
const GROUP_BELOW = 'collection group queries are only allowed at the root parent';
const KINDLESS_ORDER = 'kind is required for all orders except __key__ ascending';
const NOT_A_REFERENCE = 'Cursor __key__ value is not a document reference.';

const ELSEWHERE = { $ref: 'projects/p/databases/o/documents/c/a' };

/** Every message as Google's emulator gives it. */
const INVALID: [Parts, string][] = [
  [{ from: 'a/b' }, 'Collection id "a/b" is invalid because it contains "/".'],
  [{ from: '__a__' }, 'Collection id "__a__" is invalid because it is reserved.'],
  [{ from: '..' }, 'Collection id ".." is invalid because it is reserved.'],
  [{ from: 'a'.repeat(1501) }, 'The query kind is longer than 1500 bytes.'],
  [{ parent: 'c' }, `Document parent name "${ROOT}/c" lacks "/" at index ${ROOT.length + 2}.`],
  [{ where: where('__name__', '>', []) }, '__key__ filter value must be a Key'],
  [{ where: where('__name__', '==', [ref('c/a')]) }, '__key__ filter value must be a Key'],
  [{ limit: -1 }, 'limit is negative'],
  [{ offset: -1 }, 'offset is negative'],

  [{ from: '', where: where('x', '==', 1) }, 'kind is required for filter: x'],
  [{ from: '+', where: where('x', 'contains', 1) }, 'kind is required for filter: x[*]'],
  [{ from: '', orderBy: ['x'] }, KINDLESS_ORDER],
  [{ from: '+', orderBy: ['-__name__'] }, KINDLESS_ORDER],
  [{ from: 'c+', parent: 'u/a', where: where('x', '==', 1) }, GROUP_BELOW],
  [{ from: 'c+', parent: 'u/a', orderBy: ['x'] }, GROUP_BELOW],

  [{ orderBy: [''] }, 'Invalid empty property path string.'],
  [{ select: [''] }, 'Invalid empty property path string.'],
  [{ select: ['__a__'] }, 'Invalid reserved name in field path __a__'],
  [{ orderBy: ['x', 'x'] }, 'order by clause cannot contain duplicate fields x'],
  [{ orderBy: ['x', '-x'] }, 'order by clause cannot contain duplicate fields x'],
  [{ orderBy: ['__name__', 'x'] }, AFTER_KEY],
  [{ orderBy: ['__name__', '__name__'] }, AFTER_KEY],
  [{ orderBy: ['__name__'], where: where('x', '>', 0) }, AFTER_KEY],
  [
    { orderBy: range(101).map((n) => `o${n}`) },
    'The query may not have more than 100 filters + sort orders + ancestor total. Currently there are 0 filters, 101 sort orders, and no ancestor filter.',
  ],

  [{ startAt: before(1) }, 'Cursor has too many values.'],
  [{ where: where('x', '>', 0), startAt: before(5) }, 'Cursor has too many values.'],
  [{ orderBy: ['x'], endAt: after(1, ref('c/a')) }, 'Cursor has too many values.'],
  [{ orderBy: ['__name__'], startAt: before('a') }, NOT_A_REFERENCE],
  [{ orderBy: ['x', '__name__'], endAt: before(1, null) }, NOT_A_REFERENCE],
  [
    { orderBy: ['__name__'], startAt: before(ELSEWHERE) },
    'The cursor key is in a different database than the query',
  ],

  [{ findNearest: {}, limit: 1 }, 'A query limit cannot be used with FindNearest'],
  [{ findNearest: {}, offset: 1 }, 'A query offset cannot be used with FindNearest'],
  [{ findNearest: {}, orderBy: ['x'], endAt: before(1) }, 'A cursor cannot be used with FindNearest'],
  [{ findNearest: { vectorField: undefined } }, 'Invalid empty property path string.'],
  [{ findNearest: { queryVector: undefined } }, 'Cannot convert firestore.v1.Value with type unset.'],
  [{ findNearest: { queryVector: [1, 0] } }, 'Query Value must be of type vector.'],
  [{ findNearest: { queryVector: { $vector: [] } } }, 'Cannot have a zero length vector.'],
  [{ findNearest: { queryVector: { $vector: range(2049) } } }, 'Vectors must be at most 2048 dimensions.'],
  [{ findNearest: { distanceMeasure: 0 } }, 'Unknown Distance Measure.'],
  ...[undefined, 0, -1, 1001].map((limit): [Parts, string] => [
    { findNearest: { limit } },
    'FindNearest.limit must be a positive integer of no more than 1000',
  ]),
  [{ findNearest: { distanceThreshold: Number.NaN } }, 'distanceThreshold must be a finite number.'],
  [
    { findNearest: { distanceResultField: '__d__' } },
    'The distanceResultField.property.name "__d__" is reserved.',
  ],

  // Of two faults Google's emulator tells of this one.
  [{ orderBy: ['z', 'z', '__name__', 'z'] }, 'order by clause cannot contain duplicate fields z'],
  [{ orderBy: ['__name__', 'z', 'z'] }, AFTER_KEY],
  [{ orderBy: ['__name__'], startAt: before(ELSEWHERE), limit: -1 }, 'limit is negative'],
  [{ where: where('__name__', '==', 1), findNearest: {}, limit: 1 }, '__key__ filter value must be a Key'],
  [{ from: 'c+', parent: 'u/a', where: where('__name__', 'contains', ref('c/a')) }, GROUP_BELOW],
];

describe('an invalid query', () => {
  it.each(INVALID)('%# is refused: %j', (parts, message) => {
    expect(() => normalize(parts)).toThrow(invalid(message));
  });

  it('has more than one collection selector', () => {
    const from = [
      { collectionId: 'a', allDescendants: false },
      { collectionId: 'b', allDescendants: false },
    ];
    expect(() => normalizeQuery(ROOT, { ...StructuredQuery.create(), from })).toThrow(
      invalid('StructuredQuery.from cannot have more than one collection selector.'),
    );
  });

  it('has an unknown direction', () => {
    const orderBy = [{ field: { fieldPath: 'x' }, direction: 7 as never }];
    expect(() => normalizeQuery(ROOT, { ...structuredQuery({}), orderBy })).toThrow(
      invalid('Unrecognized ordering.'),
    );
  });

  it('has a parent of another kind', () => {
    expect(() => normalizeQuery('foo', structuredQuery({}))).toThrow(
      invalid('Document parent name "foo" lacks "projects" at index 0.'),
    );
  });
});

/** What Google's backend takes, against expectation. */
const VALID: Parts[] = [
  { limit: 0 },
  { from: '', where: where('__name__', '>', ref('c/a')), orderBy: ['__name__'], limit: 2 },
  { from: 'c+', parent: 'u/a', orderBy: ['__name__'] },
  { from: 'c+', where: is('x', 'NOT_NULL'), orderBy: ['-x'] },
  { orderBy: ['-__name__'] },
  { orderBy: ['a'], where: where('b', '>', 1) },
  { orderBy: ['__name__'], startAt: before(ref('c/a/deeper/b')) },
  { orderBy: ['x'], startAt: before(), endAt: after() },
  { select: ['a', 'a', 'a.b'] },
  { findNearest: { limit: 1000 }, where: where('x', '==', 1), orderBy: ['x'] },
];

describe('an unusual query', () => {
  it.each(VALID)('%# is taken: %j', (parts) => {
    expect(() => normalize(parts)).not.toThrow();
  });
});
