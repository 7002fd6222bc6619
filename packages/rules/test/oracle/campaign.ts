/**
 * Compares the package with Google's emulator over sources at the edges of the grammar and generated rulesets:
 *   node packages/rules/test/oracle/campaign.ts [--evaluations 5000] [--seed 1] [--emulator host:port]
 */
import { parseArgs } from 'node:util';
import { compareScenario } from './compare.ts';
import { Emulator, emulatorPath } from './emulator.ts';
import { generateScenario } from './generate.ts';
import { SOURCES } from './sources.ts';

const { values } = parseArgs({
  options: {
    evaluations: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    emulator: { type: 'string' },
  },
});
const path = emulatorPath();
if (path === undefined) throw new Error('no emulator: set FIRESTORE_EMULATOR_PATH');
await using emulator =
  values.emulator === undefined ? await Emulator.start(path) : Emulator.at(values.emulator);

let [evaluations, allowed, different] = [0, 0, 0];
for (const [name, rules] of SOURCES) {
  const scenario = { name, rules, documents: { 'a/b': {} }, requests: [] };
  const { differences } = await compareScenario(emulator, scenario);
  different += differences.length;
  for (const difference of differences) console.log(JSON.stringify(difference));
}
const explained: Record<string, number> = {};
for (let seed = Number(values.seed); evaluations < Number(values.evaluations); seed++) {
  const scenario = generateScenario(seed);
  const comparison = await compareScenario(emulator, scenario);
  evaluations += comparison.evaluations;
  allowed += comparison.allowed;
  for (const [kind, count] of Object.entries(comparison.explained))
    explained[kind] = (explained[kind] ?? 0) + count;
  for (const difference of comparison.differences) {
    different++;
    if (different > 40) continue;
    console.log(`${scenario.name}\n${scenario.rules}`, JSON.stringify(scenario.documents));
    console.log(JSON.stringify(difference, null, 1));
  }
}
console.log({ evaluations, allowed, different, explained });
