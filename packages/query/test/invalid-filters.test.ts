import { Code } from '@telestack/errors';
import type { StructuredQuery_Filter as ProtoFilter } from '@telestack/protos/google/firestore/v1/query.ts';
import type { Json } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import {
  and,
  is,
  NAN,
  normalize,
  or,
  type Parts,
  range,
  ref,
  strange,
  type TestOperator,
  where,
} from './build.ts';

const eq = (field: string, value: Json): ProtoFilter => where(field, '==', value);
const filterOf = (filterType: ProtoFilter['filterType']): ProtoFilter => ({ filterType });

const ONE_NEGATION =
  "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.";
const NO_NOT_IN = "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.";
const ONE_MEMBERSHIP = "A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.";
const NO_KEY = '__key__ filter value must be a Key';
const MIXED_KEY =
  'Equality on key is not allowed if there are other inequality fields and key does not appear in inequalities.';
const many = (count: number) =>
  `Too many disjunctions after normalization. Result had ${count} disjunctions which is more than the maximum of 30`;

const TOO_MANY = 'Too many disjunctions after normalization, the maximum is 30';

/** Every message as Google's emulator gives it. */
const INVALID: [ProtoFilter | Parts, string][] = [
  [filterOf(undefined), 'Unknown Filter type.'],
  [and(filterOf(undefined), eq('x', 1)), 'Unknown Filter type.'],
  [strange(eq('x', 1)), 'Unsupported CompositeFilter operator.'],
  [or(), 'Composite filter must have at least one sub-filter.'],
  [and(eq('x', 1), or()), 'Composite filter must have at least one sub-filter.'],
  [
    filterOf({ $case: 'fieldFilter', fieldFilter: { field: { fieldPath: 'x' }, op: 0, value: 1 } }),
    'Unknown FieldFilter operator.',
  ],
  [
    filterOf({ $case: 'fieldFilter', fieldFilter: { field: undefined, op: 5, value: 1 } }),
    'Invalid empty property path string.',
  ],
  [where('x', '==', undefined), 'Cannot convert firestore.v1.Value with type unset.'],
  [
    filterOf({ $case: 'unaryFilter', unaryFilter: { op: 3, operandType: undefined } }),
    'Unsupported UnaryFilter operand type (non-FIELD).',
  ],
  [
    filterOf({
      $case: 'unaryFilter',
      unaryFilter: { op: 0, operandType: { $case: 'field', field: { fieldPath: 'x' } } },
    }),
    'Unknown UnaryFilter operator.',
  ],
  [eq('__foo__', 1), 'Invalid reserved name in field path __foo__'],

  [where('x', 'in', 1), "'IN' requires an ArrayValue."],
  [where('x', 'in', { $vector: [1] }), "'IN' requires an ArrayValue."],
  [where('x', 'not-in', 1), "'NOT_IN' requires an ArrayValue."],
  [where('x', 'contains-any', 'a'), "'ARRAY_CONTAINS_ANY' requires an ArrayValue."],
  [where('x', 'in', []), "'IN' requires an non-empty ArrayValue."],
  [where('x', 'not-in', []), "'NOT_IN' requires an non-empty ArrayValue."],
  [where('x', 'contains-any', []), "'ARRAY_CONTAINS_ANY' requires an non-empty ArrayValue."],
  [where('x', 'in', range(31)), "'IN' supports up to 30 comparison values."],
  [where('x', 'in', Array(31).fill(1)), "'IN' supports up to 30 comparison values."],
  [where('x', 'contains-any', range(31)), "'ARRAY_CONTAINS_ANY' supports up to 30 comparison values."],
  [where('x', 'not-in', range(11)), "'NOT_IN' supports up to 10 comparison values."],

  [and(where('x', '!=', 1), where('x', '!=', 2)), ONE_NEGATION],
  [or(where('x', '!=', 1), is('y', 'NOT_NAN')), ONE_NEGATION],
  [and(where('x', 'not-in', [1]), where('y', '!=', 2)), ONE_NEGATION],
  [and(is('x', 'NOT_NULL'), is('y', 'NOT_NULL')), ONE_NEGATION],
  [or(where('x', 'not-in', [1]), eq('x', 2)), NO_NOT_IN],
  [or(where('x', 'not-in', [1])), NO_NOT_IN],
  [and(where('x', 'not-in', [1]), where('y', 'in', [2])), NO_NOT_IN],
  [and(where('x', 'not-in', [1]), where('y', 'contains-any', [2])), NO_NOT_IN],

  [and(where('x', 'contains', 1), where('y', 'contains', 2)), ONE_MEMBERSHIP],
  [and(where('x', 'contains', 1), where('x', 'contains-any', [1])), ONE_MEMBERSHIP],
  [and(where('x', 'contains-any', [1]), where('y', 'contains-any', [2])), ONE_MEMBERSHIP],
  [and(where('x', 'contains', 1), or(where('x', 'contains', 2), eq('y', 1))), ONE_MEMBERSHIP],

  [or(...range(31).map((n) => eq('x', n))), many(31)],
  [and(where('x', 'in', range(6)), where('y', 'in', range(6))), many(36)],
  [or(where('x', 'in', range(30)), eq('x', 99)), many(31)],
  [or(where('x', 'in', [...range(29), null]), eq('y', 5)), many(31)],
  [and(...range(30).map((n) => or(eq(`a${n}`, 1), eq(`b${n}`, 1)))), TOO_MANY],
  // From a product of 60 on they are not counted, whatever repeats itself in it.
  [
    and(where('x', 'in', [1, 2, 3, 4]), where('x', 'in', [3, 4, 5, 6]), where('y', 'in', [1, 2, 3])),
    many(45),
  ],
  [
    and(and(where('x', 'in', [1, 2, 3, 4]), where('x', 'in', [3, 4, 5, 6])), where('y', 'in', [1, 2, 3, 4])),
    TOO_MANY,
  ],
  [
    and(...range(11).map((n) => where(`f${n}`, '>', 1))),
    'The query contains 11 distinct inequality fields: [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10]. A query may not have more than 10 distinct inequality fields.',
  ],
  [
    and(...range(101).map((n) => eq(`x${n}`, n))),
    'The query may not have more than 100 filters + sort orders + ancestor total. Currently there are 101 filters, 0 sort orders, and no ancestor filter.',
  ],
  [
    and(where('x', 'in', range(10)), ...range(91).map((n) => eq(`x${n}`, n))),
    'The query may not have more than 100 filters + sort orders + ancestor total. Currently there are 101 filters, 0 sort orders, and no ancestor filter.',
  ],
  [
    { where: and(...range(99).map((n) => eq(`x${n}`, n))), orderBy: ['a'], parent: 'u/a' },
    'The query may not have more than 100 filters + sort orders + ancestor total. Currently there are 99 filters, 1 sort orders, and one ancestor filter.',
  ],

  [eq('__name__', 'a'), NO_KEY],
  [eq('__name__', null), NO_KEY],
  [where('__name__', '>', NAN), NO_KEY],
  [where('__name__', 'in', ['c/a']), NO_KEY],
  [where('__name__', 'not-in', [ref('c/a'), 'b']), NO_KEY],
  [is('__name__', 'NULL'), NO_KEY],
  [is('__name__', 'NOT_NAN'), NO_KEY],
  [where('__name__', 'contains', ref('c/a')), 'the name __key__ is reserved'],
  [eq('__name__', { $ref: 'c/a' }), 'Resource name "c/a" lacks "projects" at index 0.'],
  [
    eq('__name__', { $ref: 'projects/p/databases/other/documents/c/a' }),
    "The request was for database 'projects/p/databases/d' but was attempting to access database 'projects/p/databases/other'",
  ],
  [and(eq('__name__', ref('c/a')), where('x', '>', 1)), MIXED_KEY],
  [or(where('__name__', 'in', [ref('c/a')]), where('x', '!=', 1)), MIXED_KEY],
];

describe('an invalid filter', () => {
  it.each(INVALID)('%# is refused: %j', (parts, message) => {
    const query = 'filterType' in parts ? { where: parts } : parts;
    expect(() => normalize(query)).toThrow(expect.objectContaining({ code: Code.INVALID_ARGUMENT, message }));
  });
});

const OPERATORS: TestOperator[] = ['==', '<', '<=', '>', '>=', '!='];

/** At the limits. */
const VALID: ProtoFilter[] = [
  and(where('x', 'in', range(8)), where('x', 'in', range(8))),
  and(),
  and(and(), or(and(), eq('x', 1))),
  ...OPERATORS.map((op) => where('__name__', op, ref('c/a'))),
  where('__name__', 'in', [ref('c/a'), ref('other/b')]),
  and(where('__name__', 'in', [ref('c/a')]), where('__name__', '>', ref('c/0')), where('x', '>', 1)),
  and(eq('__name__', ref('c/a')), where('x', '>', null)),
  and(where('x', '!=', 1), where('y', 'in', [2]), where('z', '>', 3)),
  and(where('x', 'not-in', range(10)), where('y', 'contains', 2)),
  where('x', 'in', range(30)),
  or(where('x', 'in', range(30)), eq('x', 5)),
  or(...Array(31).fill(eq('x', 1))),
  and(where('x', 'in', range(5)), where('y', 'in', range(6))),
  and(...Array(8).fill(or(eq('x', 1), eq('y', 1)))),
  and(...range(10).map((n) => where(`f${n}`, '>', 1))),
  and(...range(100).map((n) => eq(`x${n}`, n))),
  and(...Array(101).fill(eq('x', 1))),
  and(where('x', 'contains', 1), where('x', 'contains', 1)),
  or(where('x', 'contains', 1), where('x', 'contains-any', [2])),
];

describe('a valid filter', () => {
  it.each(VALID)('%# is taken: %j', (filter) => {
    expect(() => normalize({ where: filter })).not.toThrow();
  });
});
