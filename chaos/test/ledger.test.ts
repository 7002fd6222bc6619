import { expect, it } from 'vitest';
import { Ledger } from '../src/durability/ledger.ts';
import { Counts } from '../src/verdict.ts';

function judge(ledger: Ledger, found: Record<string, number>): string[] {
  const violations: string[] = [];
  ledger.judge(new Map(Object.entries(found)), (name) => violations.push(name), new Counts());
  return violations;
}

it('accepts either outcome of a write that was not acknowledged', () => {
  const ledger = new Ledger();
  ledger.sent('a', 0);
  expect(judge(ledger, {})).toEqual([]);
  expect(judge(ledger, { a: 0 })).toEqual([]);
});

it('misses an acknowledged write, and an older version in its place', () => {
  const ledger = new Ledger();
  ledger.sent('a', 0);
  ledger.acknowledged('a', 0);
  ledger.sent('a', 1);
  ledger.acknowledged('a', 1);
  expect(judge(ledger, { a: 1 })).toEqual([]);
  expect(judge(ledger, { a: 0 })).toEqual(['an acknowledged write is missing']);
  expect(judge(ledger, {})).toEqual(['an acknowledged write is missing']);
});

it('accepts a newer version that was sent, and no other', () => {
  const ledger = new Ledger();
  ledger.sent('a', 0);
  ledger.acknowledged('a', 0);
  ledger.sent('a', 1);
  expect(judge(ledger, { a: 1 })).toEqual([]);
  expect(judge(ledger, { a: 2 })).toEqual(['a document that nobody wrote']);
  expect(judge(ledger, { a: 0, b: 0 })).toEqual(['a document that nobody wrote']);
});

it('wants a batch whole or not at all', () => {
  const ledger = new Ledger();
  for (const path of ['a', 'b']) ledger.sent(path, 0, 'batch');
  expect(judge(ledger, {})).toEqual([]);
  expect(judge(ledger, { a: 0, b: 0 })).toEqual([]);
  expect(judge(ledger, { a: 0 })).toEqual(['half of a batch']);
});

it('waits for acknowledgements, and not for ever', async () => {
  const ledger = new Ledger();
  const progress = ledger.progress.reaches(1, 5);
  ledger.sent('a', 0);
  ledger.acknowledged('a', 0);
  expect(await progress).toBe(true);
  expect(await ledger.progress.reaches(1, 0.01)).toBe(false);
});
