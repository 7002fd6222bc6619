import type {
  StructuredQuery_FieldFilter_Operator as FieldOperator,
  StructuredQuery_Filter as ProtoFilter,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { QueryDocument } from '@telestack/query';
import type { Json } from '@telestack/values';
import fc from 'fast-check';
import { and, is, NAN, or, type Parts, ref, type TestOperator, where } from './build.ts';

/** Few values and names, so that they meet. */
const scalar = (): fc.Arbitrary<Json> =>
  fc.constantFrom<Json>(
    null,
    NAN,
    0,
    1,
    2,
    { $double: 1 },
    { $double: '-0' },
    1.5,
    'a',
    'b',
    true,
    false,
    ref('c/a'),
  );
export const value = (): fc.Arbitrary<Json> =>
  fc.oneof(
    { weight: 6, arbitrary: scalar() },
    { weight: 1, arbitrary: fc.array(scalar(), { maxLength: 3 }) },
    { weight: 1, arbitrary: scalar().map((a): Json => ({ a, b: 1 })) },
    { weight: 1, arbitrary: fc.constantFrom<Json>({ $vector: [1] }, { $vector: [1, 2] }, { $geo: [1, 2] }) },
  );

const path = () => fc.constantFrom('c/a', 'c/b', 'c/z', 'c/a/c/a', 'd/x/c/b', 'd/x');
const field = () => fc.constantFrom('x', 'y', 'm.a');

export const documents = (): fc.Arbitrary<QueryDocument[]> =>
  fc
    .dictionary(path(), fc.dictionary(fc.constantFrom('x', 'y', 'm'), value()))
    .map((byPath) => Object.entries(byPath).map(([path, fields]) => ({ path, fields })));

const operator = () => fc.constantFrom<TestOperator>('<', '<=', '>', '>=', '==', '==', 'contains');
const leaf = (): fc.Arbitrary<ProtoFilter> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(field(), operator(), value()).map((parts) => where(...parts)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          field(),
          fc.constantFrom<TestOperator>('in', 'contains-any', 'not-in'),
          fc.array(value(), { minLength: 1, maxLength: 3 }),
        )
        .map((parts) => where(...parts)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(field(), fc.constant('!=' as const), value()).map((parts) => where(...parts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(field(), fc.constantFrom('NULL', 'NOT_NULL', 'NAN', 'NOT_NAN'))
        .map(([name, op]) => is(name, op as 'NULL')),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom<TestOperator>('<', '>=', '==', '!='), path())
        .map(([op, name]) => where('__name__', op, ref(name))),
    },
  );

export const filter = (): fc.Arbitrary<ProtoFilter> =>
  fc.letrec<{ filter: ProtoFilter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf(),
      fc
        .tuple(fc.boolean(), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([isOr, parts]) => (isOr ? or : and)(...parts)),
    ),
  })).filter;

/** Queries that are mostly valid. */
export const parts = (): fc.Arbitrary<Parts> =>
  fc.record(
    {
      from: fc.constantFrom('c', 'c+'),
      where: filter(),
      orderBy: fc.constantFrom(['x'], ['-x'], ['y', '-x'], ['-__name__'], ['x', '-__name__']),
      startAt: fc.record({ values: fc.array(value(), { maxLength: 1 }), before: fc.boolean() }),
      endAt: fc.record({ values: fc.array(value(), { maxLength: 1 }), before: fc.boolean() }),
      limit: fc.nat(5),
      offset: fc.nat(2),
    },
    { requiredKeys: ['from'] },
  );

/** Filters of any shape, most of them invalid. */
export const wildFilter = (): fc.Arbitrary<ProtoFilter> => {
  const name = fc.constantFrom('x', '__name__', '', '`', 'a..b', '__x__', 'a.`b\\``');
  const op = fc.integer({ min: -1, max: 12 }) as fc.Arbitrary<FieldOperator>;
  const operand = fc.option(fc.oneof(value(), fc.array(value(), { maxLength: 12 })), { nil: undefined });
  return fc.letrec<{ filter: ProtoFilter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'medium' },
      fc
        .record({ field: fc.option(fc.record({ fieldPath: name }), { nil: undefined }), op, value: operand })
        .map((fieldFilter): ProtoFilter => ({ filterType: { $case: 'fieldFilter', fieldFilter } })),
      fc.tuple(name, op).map(
        ([fieldPath, unaryOp]): ProtoFilter => ({
          filterType: {
            $case: 'unaryFilter',
            unaryFilter: { op: unaryOp as never, operandType: { $case: 'field', field: { fieldPath } } },
          },
        }),
      ),
      fc.constant<ProtoFilter>({ filterType: undefined }),
      fc.tuple(op, fc.array(tie('filter'), { maxLength: 4 })).map(
        ([compositeOp, filters]): ProtoFilter => ({
          filterType: { $case: 'compositeFilter', compositeFilter: { op: compositeOp as never, filters } },
        }),
      ),
    ),
  })).filter;
};
