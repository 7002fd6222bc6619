import { expect, test } from 'vitest';
import { Stalls } from '../src/stalls.ts';

/** Keeps this process from running anything else. */
function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

test('what was disturbed by a stall is run again, what was not is not', async () => {
  using stalls = new Stalls(1_000);
  let runs = 0;
  const run = async () => {
    runs += 1;
    if (runs === 1) standStill(1_100);
    return runs;
  };
  expect(await stalls.undisturbed(run)).toBe(2);
  expect(await stalls.undisturbed(run)).toBe(3);
});
