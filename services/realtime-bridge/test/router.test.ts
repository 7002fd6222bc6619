import { matches, normalizeQuery, type Query } from '@telestack/query';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocumentState } from '../src/feed/document-state.ts';
import { Router, type Scope } from '../src/views/router.ts';
import { and, equal, field, from, or, query } from './support/queries.ts';

const DATABASE = 'p/d';
const scopeOf = (part: Parameters<typeof query>[0], parent = ''): Scope & { kind: 'query' } => ({
  kind: 'query',
  query: normalizeQuery(`projects/p/databases/d/documents${parent && `/${parent}`}`, query(part)),
});
const state = (path: string, fields: object): DocumentState =>
  DocumentState.ofChange(DATABASE, path, 1, 2, Buffer.from(JSON.stringify(fields)));

function routed<V>(router: Router<V>, path: string, document: DocumentState | undefined): V[] {
  const views = new Set<V>();
  router.route(DATABASE, { path, state: document }, (view) => views.add(view));
  return [...views];
}

const value = fc.constantFrom<unknown>(1, { $double: 1 }, 'x', null, true, 1.5, [1]);
const filter = fc.oneof(
  value.map((one) => equal('k', one as never)),
  fc.tuple(value, value).map(([k, l]) => and(equal('k', k as never), equal('l', l as never))),
  fc.tuple(value, value).map(([k, l]) => or(equal('k', k as never), equal('l', l as never))),
  fc.tuple(value, value).map(([a, b]) => field('k', 'IN', [a as never, b as never])),
  fc.constant(field('k', 'GREATER_THAN', 0)),
  fc.constant(undefined),
);
const scopes = fc.array(
  fc.record({
    where: filter,
    scope: fc.constantFrom(
      { ...from('a'), parent: '' },
      { ...from('b'), parent: '' },
      { ...from('a', true), parent: '' },
      { ...from('a', true), parent: 'b/1' },
      { ...from('', true), parent: '' },
      { ...from('a'), parent: 'b/1' },
    ),
  }),
  { maxLength: 12 },
);

/** Filters are for single collections, and for collection groups of the whole database. */
const isFilterable = ([scope]: ReturnType<typeof from>['from'], parent: string): boolean =>
  !scope!.allDescendants || (scope!.collectionId !== '' && parent === '');

describe('the router', () => {
  it('finds every view that matches the new state or has the document, and forgets views that left', () => {
    fc.assert(
      fc.property(
        scopes,
        fc.array(
          fc.record(
            { path: fc.constantFrom('a/1', 'b/1', 'b/1/a/1'), k: value, l: value },
            { requiredKeys: ['path'] },
          ),
          { minLength: 1, maxLength: 5 },
        ),
        (specs, documents) => {
          const router = new Router<Query>();
          const views = specs.map(({ where, scope: { parent, ...rest } }) =>
            scopeOf({ ...rest, where: isFilterable(rest.from, parent) ? where : undefined }, parent),
          );
          const byValue = views.map((scope) => {
            if (router.addByValue(scope.query, scope)) return true;
            router.addForEvery(scope.query, scope);
            return false;
          });
          for (const { path, ...fields } of documents) {
            const document = state(path, fields);
            const found = routed(router, path, document);
            for (const { query: one } of views) {
              if (matches(one, document)) expect(found).toContain(one);
            }
          }
          for (const [i, scope] of views.entries()) {
            if (byValue[i]) router.removeByValue(scope.query, scope);
            else router.removeForEvery(scope.query, scope);
          }
          expect(router.size).toBe(0);
        },
      ),
    );
  });

  it('leaves views with other values, other collections and other databases alone', () => {
    const router = new Router<string>();
    for (let i = 0; i < 1_000; i++) {
      router.addByValue(`value ${i}`, scopeOf({ ...from('a'), where: equal('room', `room ${i}`) }));
      router.addForEvery(`collection ${i}`, scopeOf(from(`c${i}`)));
    }
    expect(routed(router, 'a/1', state('a/1', { room: 'room 7' }))).toEqual(['value 7']);
    expect(routed(router, 'a/1', state('a/1', { room: 'none' }))).toEqual([]);
    expect(routed(router, 'a/1', undefined)).toEqual([]);
    const elsewhere: string[] = [];
    router.route('p/other', { path: 'a/1', state: state('a/1', { room: 'room 7' }) }, (view) =>
      elsewhere.push(view),
    );
    expect(elsewhere).toEqual([]);
  });

  it('finds the view that has a document, whatever it changes to', () => {
    const router = new Router<string>();
    router.addByValue('view', scopeOf({ ...from('a'), where: equal('k', 1) }));
    router.addMember('view', DATABASE, 'a/1');
    expect(routed(router, 'a/1', state('a/1', { k: 2 }))).toEqual(['view']);
    expect(routed(router, 'a/1', undefined)).toEqual(['view']);
    router.removeMember('view', DATABASE, 'a/1');
    expect(routed(router, 'a/1', undefined)).toEqual([]);
  });

  it('finds a view by the name that its filter asks for', () => {
    const router = new Router<string>();
    const name = { $ref: 'projects/p/databases/d/documents/a/1' };
    expect(router.addByValue('view', scopeOf({ ...from('a'), where: equal('__name__', name) }))).toBe(true);
    expect(routed(router, 'a/1', state('a/1', {}))).toEqual(['view']);
    expect(routed(router, 'a/2', state('a/2', {}))).toEqual([]);
  });

  it('tells which documents anybody watches', () => {
    const router = new Router<string>();
    expect(router.isWatched(DATABASE, 'a/1')).toBe(false);
    router.addForEvery('one', { kind: 'documents', database: DATABASE, paths: new Set(['a/1']) });
    router.addForEvery('two', scopeOf(from('b', true)));
    expect(['a/1', 'a/2', 'x/y/b/1', 'c/1'].map((path) => router.isWatched(DATABASE, path))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
