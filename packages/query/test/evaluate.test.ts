import { documentComparator, evaluateQuery, type QueryDocument } from '@telestack/query';
import { describe, expect, it } from 'vitest';
import { after, normalize, type Parts, where } from './build.ts';

const documents: QueryDocument[] = [
  { path: 'c/3', fields: { a: 1, b: 1 } },
  { path: 'c/1', fields: { a: 1, b: 2 } },
  { path: 'c/2', fields: { a: 2, b: 1 } },
  { path: 'c/4', fields: { a: 3 } },
  { path: 'd/1', fields: { a: 0, b: 0 } },
];
const ids = (parts: Parts) => evaluateQuery(normalize(parts), documents).map(({ path }) => path);

describe('a result', () => {
  it('is ordered, then cut', () => {
    expect(ids({})).toEqual(['c/1', 'c/2', 'c/3', 'c/4']);
    expect(ids({ orderBy: ['-a'] })).toEqual(['c/4', 'c/2', 'c/3', 'c/1']);
    expect(ids({ orderBy: ['-a', '__name__'] })).toEqual(['c/4', 'c/2', 'c/1', 'c/3']);
    expect(ids({ orderBy: ['b', '-a'] })).toEqual(['c/2', 'c/3', 'c/1']);
    expect(ids({ orderBy: ['a'], offset: 1, limit: 2 })).toEqual(['c/3', 'c/2']);
    expect(ids({ where: where('a', '>', 1), limit: 0 })).toEqual([]);
    expect(ids({ offset: 9 })).toEqual([]);
    expect(ids({ orderBy: ['a'], startAt: after(1) })).toEqual(['c/2', 'c/4']);
  });

  it('has one order', () => {
    const compare = documentComparator(normalize({ orderBy: ['a'] }));
    for (const a of documents) {
      for (const b of documents) expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
    }
  });
});
