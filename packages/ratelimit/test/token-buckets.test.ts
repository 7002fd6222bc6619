import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBuckets } from '../src/index.ts';

test('lets a burst through, then the rate', () => {
  let now = 0;
  const buckets = new TokenBuckets({ rate: { perSecond: 10, burst: 3 }, now: () => now });
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 100]);
  now = 99;
  expect(buckets.take('a')).toBe(1);
  now = 100;
  expect(buckets.take('a')).toBe(0);
  expect(buckets.take('b')).toBe(0);
});

test('never more than burst + rate × time, and the wait that it tells is enough', () => {
  const calls = fc.array(fc.record({ wait: fc.nat(500), cost: fc.integer({ min: 1, max: 5 }) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(calls, (list) => {
      let now = 0;
      let taken = 0;
      const buckets = new TokenBuckets({ rate: { perSecond: 7, burst: 5 }, now: () => now });
      for (const { wait, cost } of list) {
        now += wait;
        const retryAfter = buckets.take('key', cost);
        if (retryAfter > 0) {
          now += retryAfter;
          expect(buckets.take('key', cost)).toBe(0);
        }
        taken += cost;
        expect(taken).toBeLessThanOrEqual(5 + (7 * now) / 1000 + 1e-3);
      }
    }),
  );
});

test('remembers a bounded number of keys, those in use the longest', () => {
  const buckets = new TokenBuckets({ rate: { perSecond: 1, burst: 1 }, capacity: 10, now: () => 0 });
  buckets.take('busy');
  for (let i = 0; i < 1_000; i++) {
    buckets.take(`key-${i}`);
    expect(buckets.take('busy')).toBeGreaterThan(0);
  }
  expect(buckets.size).toBe(10);
});
