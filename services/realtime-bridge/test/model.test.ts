import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './support/actions.ts';
import { Simulation } from './support/simulation.ts';

/** MODEL_RUNS=5000 for a long search; SEED repeats one. */
const numRuns = Number(process.env.MODEL_RUNS ?? 60);

it('gives every client the state at the read time of each snapshot, and at last the newest', {
  timeout: 3_600_000,
}, async () => {
  let snapshots = 0;
  await fc.assert(
    fc.asyncProperty(...cases, async (actions, seed, eventBufferSize) => {
      const simulation = new Simulation(seed, eventBufferSize);
      await using _harness = simulation.harness;
      await simulation.run(actions);
      snapshots += simulation.snapshots;
    }),
    { numRuns, ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
  );
  expect(snapshots).toBeGreaterThan(numRuns);
});
