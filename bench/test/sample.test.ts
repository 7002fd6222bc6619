import { describe, expect, it } from 'vitest';
import { median, percentile, summarize } from '../src/sample.ts';
import { table } from '../src/table.ts';

describe('percentile', () => {
  it('is the smallest sample that at least the share q does not exceed', () => {
    const sorted = Array.from({ length: 100 }, (_, n) => n + 1);
    expect([0.5, 0.95, 0.99, 1].map((q) => percentile(sorted, q))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBe(0);
  });

  it('takes the median of unsorted figures', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBe(0);
  });
});

describe('summarize', () => {
  it('counts the documents of a batch, and the latency of its commit', () => {
    const sample = summarize({ latencies: [20, 10], errors: 1, firstError: 'no' }, 2, 0.5, 500);
    expect(sample).toMatchObject({ operations: 1000, perSecond: 500, p50: 10, max: 20, errors: 1 });
  });
});

describe('table', () => {
  it('puts figures right and text left', () => {
    expect(
      table(
        ['case', 'per s'],
        [
          ['set', '1,234'],
          ['get it', '5.00'],
        ],
      ),
    ).toBe('case    per s\n------  -----\nset     1,234\nget it   5.00');
  });
});
