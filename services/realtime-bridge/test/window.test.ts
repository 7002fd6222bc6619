import { evaluateQuery, matches, normalizeQuery, type Query } from '@telestack/query';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DocumentChange } from '../src/feed/commit.ts';
import { DocumentState } from '../src/feed/document-state.ts';
import { MatchedSet } from '../src/views/matched-set.ts';
import { type Result, UNKNOWN } from '../src/views/result.ts';
import { Window } from '../src/views/window.ts';
import { DESCENDING, equal, field, from, orderBy, query } from './support/queries.ts';

const PARENT = 'projects/p/databases/d/documents';
const normal = (part: Parameters<typeof query>[0]): Query => normalizeQuery(PARENT, query(part));

const QUERIES: Query[] = [
  normal({ ...from('a'), limit: 1 }),
  normal({ ...from('a'), ...orderBy('n'), limit: 2 }),
  normal({ ...from('a'), ...orderBy('n', DESCENDING), limit: 3 }),
  normal({ ...from('a'), ...orderBy('n'), limit: 2, offset: 2 }),
  normal({ ...from('a'), ...orderBy('n'), offset: 3 }),
  normal({ ...from('a'), where: field('n', 'GREATER_THAN', 1), limit: 2, offset: 1 }),
  normal({ ...from('a'), where: equal('k', true), ...orderBy('n'), limit: 4 }),
];

const document = (path: string, time: number, fields: object): DocumentState =>
  DocumentState.ofChange('p/d', path, 1, time, Buffer.from(JSON.stringify(fields)));

const write = fc.record({
  path: fc.integer({ min: 0, max: 9 }).map((i) => `a/${i}`),
  fields: fc.option(fc.record({ n: fc.nat(4), k: fc.boolean() }, { requiredKeys: ['k'] }), {
    nil: undefined,
  }),
});
interface Write {
  readonly path: string;
  readonly fields: object | undefined;
}
const commits = fc.array(
  fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: ({ path }) => path }),
  {
    maxLength: 25,
  },
);

/** Applies a result's differences to what a listener has, and reads again where the result does not know. */
function follow(target: Query, create: () => Result, slack: number, writes: readonly Write[][]): number {
  const store = new Map<string, DocumentState>();
  const members = new Set<string>();
  const capacity =
    target.limit === undefined ? Number.POSITIVE_INFINITY : target.offset + target.limit + slack;
  const read = (): Result => {
    members.clear();
    const result = create();
    result.add(evaluateQuery({ ...target, offset: 0, limit: capacity }, store.values()));
    result.complete();
    return result;
  };
  let result = read();
  let unknown = 0;
  const shown = new Map<string, number>();
  writes.forEach((commit, i) => {
    const time = i + 1;
    const changes: DocumentChange[] = commit.map(({ path, fields }) => ({
      path,
      state: fields && document(path, time, fields),
    }));
    const before = new Map(shown);
    for (const { path, state } of changes) {
      if (state) store.set(path, state);
      else store.delete(path);
    }
    const difference = result.apply(changes, time);
    if (difference === UNKNOWN) {
      unknown++;
      expect(new Map(result.visible())).toEqual(before);
      result = read();
      shown.clear();
      for (const [path, updateTime] of result.visible()) shown.set(path, updateTime);
    } else if (difference) {
      for (const { path } of difference.leaves) expect(shown.delete(path)).toBe(true);
      for (const { path, updateTime, fields } of difference.upserts) {
        expect(store.get(path)!.fields).toEqual(fields);
        shown.set(path, updateTime);
      }
    }
    const expected = evaluateQuery(target, store.values()).map(({ path, updateTime }) => [path, updateTime]);
    expect([...shown].sort()).toEqual(expected.sort());
    expect(new Map(result.visible())).toEqual(shown);
  });
  return unknown;
}

const untold = { add: () => {}, delete: () => {} };

describe('a window', () => {
  it.each(QUERIES.map((target, i) => ({ i, target })))('tells every difference of query $i', ({ target }) => {
    fc.assert(
      fc.property(commits, fc.nat(3), (writes, slack) => {
        const capacity =
          target.limit === undefined ? Number.POSITIVE_INFINITY : target.offset + target.limit + slack;
        follow(target, () => new Window(target, capacity, untold), slack, writes);
      }),
      { numRuns: 150 },
    );
  });

  it('reads again only when the rows behind it are used up', () => {
    const target = normal({ ...from('a'), ...orderBy('n'), limit: 2 });
    const rows = Array.from({ length: 5 }, (_, i) => document(`a/${i}`, 1, { n: i }));
    const window = new Window(target, 5, untold);
    window.add(rows);
    window.complete();
    const remove = (i: number) => window.apply([{ path: `a/${i}`, state: undefined }], 2);
    expect([remove(0), remove(1), remove(2)].map((one) => one !== UNKNOWN)).toEqual([true, true, true]);
    expect(remove(3)).toBe(UNKNOWN);
  });

  it('finds rows whose values begin alike for longer than indexes look, in the order in which they were read', () => {
    const target = normal({ ...from('a'), ...orderBy('n'), limit: 2 });
    const long = (end: string) => 'x'.repeat(400) + end;
    const window = new Window(target, 2, untold);
    window.add([document('a/1', 1, { n: long('b') }), document('a/2', 1, { n: long('a') })]);
    window.complete();
    const changed = window.apply(
      [{ path: 'a/1', state: document('a/1', 2, { n: long('b'), more: true }) }],
      2,
    );
    expect(changed).toMatchObject({ leaves: [], upserts: [{ path: 'a/1' }] });
    expect([...window.visible().keys()].sort()).toEqual(['a/1', 'a/2']);
  });

  it('knows that nothing is behind it when there were fewer rows than asked for', () => {
    const target = normal({ ...from('a'), ...orderBy('n'), limit: 2 });
    const window = new Window(target, 5, untold);
    window.add([document('a/0', 1, { n: 0 })]);
    window.complete();
    expect(window.apply([{ path: 'a/0', state: undefined }], 2)).toMatchObject({ leaves: [{ path: 'a/0' }] });
    expect(window.apply([{ path: 'a/1', state: document('a/1', 3, { n: 9 }) }], 3)).toMatchObject({
      upserts: [{ path: 'a/1' }],
    });
  });

  it('keeps account of the documents whose changes it needs', () => {
    fc.assert(
      fc.property(commits, (writes) => {
        const target = QUERIES[3]!;
        const told = new Set<string>();
        const window = new Window(target, 6, {
          add: (path) => told.add(path),
          delete: (path) => told.delete(path),
        });
        window.complete();
        for (const [i, commit] of writes.entries()) {
          const changes = commit.map(({ path, fields }) => ({
            path,
            state: fields && document(path, i, fields),
          }));
          if (window.apply(changes, i) === UNKNOWN) return;
          expect([...told].sort()).toEqual([...window.members()].sort());
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a matched set', () => {
  it('tells every difference', () => {
    const target = normal({ ...from('a'), where: field('n', 'GREATER_THAN', 1) });
    fc.assert(
      fc.property(commits, (writes) => {
        expect(follow(target, () => new MatchedSet(target, untold), 0, writes)).toBe(0);
      }),
      { numRuns: 150 },
    );
    expect(matches(target, { path: 'a/1', fields: { n: 2 } })).toBe(true);
  });
});
