import { expect, test } from 'vitest';
import { Progress } from '../src/replication/progress.ts';

test('only what the caller confirmed is confirmed while something is outstanding', () => {
  const progress = new Progress();
  progress.begin();
  progress.deliver(100n);
  progress.keepalive(150n);
  expect(progress.confirmed).toBe(0n);
  expect(progress.confirm(100n)).toBe(true);
  expect(progress.confirmed).toBe(100n);
});

test('a keepalive confirms log that held nothing for the caller', () => {
  const progress = new Progress();
  progress.deliver(100n);
  progress.confirm(100n);
  progress.keepalive(200n);
  expect(progress.confirmed).toBe(200n);
});

test('a keepalive inside a transaction confirms nothing', () => {
  const progress = new Progress();
  progress.begin();
  progress.keepalive(200n);
  expect(progress.confirmed).toBe(0n);
  progress.deliver(190n);
  progress.keepalive(210n);
  expect(progress.confirmed).toBe(0n);
});

test('confirmations do not go back, nor beyond what was received', () => {
  const progress = new Progress();
  progress.deliver(100n);
  progress.confirm(100n);
  expect(progress.confirm(50n)).toBe(false);
  expect(progress.confirmed).toBe(100n);
  expect(() => progress.confirm(101n)).toThrow(RangeError);
});
