import { Code, StatusError } from '@telestack/errors';
import {
  canonicalKey,
  documentComparator,
  evaluateQuery,
  type FieldFilter,
  type Filter,
  indexFor,
  matches,
  type Query,
  type QueryDocument,
  routingPredicates,
  toDisjunctiveNormalForm,
} from '@telestack/query';
import { documentName, equalValues, getField, type Json } from '@telestack/values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documents, parts, wildFilter } from './arbitrary.ts';
import { normalize, type Parts } from './build.ts';

/** The query's normal form; undefined for the invalid ones. Nothing but INVALID_ARGUMENT is ever thrown. */
function normalizeIfValid(input: Parts): Query | undefined {
  try {
    return normalize(input);
  } catch (error) {
    if (error instanceof StatusError && error.code === Code.INVALID_ARGUMENT) return undefined;
    throw error;
  }
}

const query = (): fc.Arbitrary<Query> =>
  parts()
    .map(normalizeIfValid)
    .filter((normal) => normal !== undefined);

const unordered = (normal: Query, filter: Filter | undefined): Query => ({ ...normal, filter });

function actualValue(document: QueryDocument, field: readonly string[], database: string): Json | undefined {
  return field[0] === '__name__'
    ? { $ref: documentName(database, document.path) }
    : getField(document.fields, field);
}

describe('properties', () => {
  it('any query is valid or refused with INVALID_ARGUMENT', () => {
    fc.assert(
      fc.property(wildFilter(), parts(), (where, rest) => {
        normalizeIfValid({ ...rest, where });
      }),
      { numRuns: 500 },
    );
  });

  it('the disjunctive normal form selects the same documents', () => {
    fc.assert(
      fc.property(query(), documents(), (normal, all) => {
        const disjuncts = toDisjunctiveNormalForm(normal.filter).map((conjunction) =>
          unordered(normal, conjunction.length === 0 ? undefined : { kind: 'and', filters: conjunction }),
        );
        for (const document of all) {
          expect(disjuncts.some((disjunct) => matches(disjunct, document))).toBe(matches(normal, document));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the result is what matches, in order, from offset to limit', () => {
    fc.assert(
      fc.property(query(), documents(), (normal, all) => {
        const result = evaluateQuery(normal, all);
        const whole = evaluateQuery({ ...normal, offset: 0, limit: undefined }, all);
        expect(new Set(whole)).toEqual(new Set(all.filter((document) => matches(normal, document))));
        expect(whole.slice(normal.offset).slice(0, normal.limit)).toEqual(result);
        const compare = documentComparator(normal);
        for (const [i, document] of whole.slice(1).entries()) {
          expect(compare(whole[i]!, document)).toBeLessThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what matches satisfies the predicates of one disjunct', () => {
    fc.assert(
      fc.property(query(), documents(), (normal, all) => {
        const routes = routingPredicates(normal);
        for (const document of all.filter((one) => matches(normal, one))) {
          const isRouted = routes.some((predicates) =>
            predicates.every(({ field, value }) => {
              const actual = actualValue(document, field, normal.database);
              return actual !== undefined && equalValues(actual, value);
            }),
          );
          expect(isRouted).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the order in which a filter is written does not count', () => {
    const reversed = (filter: Filter): Filter =>
      filter.kind === 'field'
        ? reversedList(filter)
        : { ...filter, filters: filter.filters.map(reversed).reverse() };
    const reversedList = (filter: FieldFilter): FieldFilter =>
      filter.op === 'in' || filter.op === 'not-in' || filter.op === 'array-contains-any'
        ? { ...filter, value: (filter.value as Json[]).toReversed() }
        : filter;
    fc.assert(
      fc.property(query(), documents(), (normal, all) => {
        const other = unordered(normal, normal.filter && reversed(normal.filter));
        expect(canonicalKey(other)).toBe(canonicalKey(normal));
        expect(evaluateQuery(other, all)).toEqual(evaluateQuery(normal, all));
      }),
      { numRuns: 200 },
    );
  });

  it('queries with one key have one result', () => {
    fc.assert(
      fc.property(fc.array(query(), { minLength: 2, maxLength: 12 }), documents(), (queries, all) => {
        const results = new Map<string, QueryDocument[]>();
        for (const normal of queries) {
          const key = canonicalKey(normal);
          const result = evaluateQuery(normal, all);
          expect(results.get(key) ?? result).toEqual(result);
          results.set(key, result);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('every index ends in the name and has each field once', () => {
    fc.assert(
      fc.property(query(), (normal) => {
        for (const { fields } of indexFor(normal)) {
          expect(fields.at(-1)?.field).toEqual(['__name__']);
          const keys = fields
            .filter(({ direction }) => direction !== 'contains')
            .map(({ field }) => field.join('.'));
          expect(new Set(keys).size).toBe(keys.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
