import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from './corpus/builder.ts';
import { corpus } from './corpus/index.ts';
import { compareScenario, type Difference } from './oracle/compare.ts';
import { Emulator, emulatorPath } from './oracle/emulator.ts';
import { generateScenario } from './oracle/generate.ts';
import { SOURCES } from './oracle/sources.ts';

const path = emulatorPath();
/** Seeds of this short form; `oracle/campaign.ts` is the long one. */
const SEEDS = Array.from({ length: 6 }, (_, i) => 7_000 + i);

describe.skipIf(path === undefined)("Google's emulator", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await Emulator.start(path!);
  });
  afterAll(() => emulator[Symbol.asyncDispose]());

  it('decides generated requests alike', async () => {
    const differences: Difference[] = [];
    let evaluations = 0;
    for (const seed of SEEDS) {
      const comparison = await compareScenario(emulator, generateScenario(seed));
      differences.push(...comparison.differences);
      evaluations += comparison.evaluations;
    }
    expect(differences).toEqual([]);
    expect(evaluations).toBeGreaterThan(30);
  });

  it('decides published rules alike', async () => {
    const published = corpus.filter((_, i) => i % 30 === 0);
    for (const one of published) {
      const { differences } = await compareScenario(emulator, { ...one, rules: sourceOf(one) });
      expect(differences).toEqual([]);
    }
  });

  it('refuses the same sources', async () => {
    for (const [name, rules] of SOURCES.filter((_, i) => i % 16 === 0)) {
      const scenario = { name, rules, documents: { 'a/b': {} }, requests: [] };
      const { differences } = await compareScenario(emulator, scenario);
      expect(differences, name).toEqual([]);
    }
  });
});
