/** Asks Google's emulator for its decisions: node packages/rules/test/corpus/record.ts */
import { writeFileSync } from 'node:fs';
import { Emulator, emulatorPath } from '../oracle/emulator.ts';
import { sourceOf } from './builder.ts';
import { corpus } from './index.ts';

const path = emulatorPath();
if (path === undefined) throw new Error('no emulator: set FIRESTORE_EMULATOR_PATH');
await using emulator = await Emulator.start(path);
const decisions: Record<string, string> = {};
for (const [i, published] of corpus.entries()) {
  const project = `corpus-${i}`;
  const problems = await emulator.setRules(project, sourceOf(published));
  if (problems !== undefined) throw new Error(`${published.name}: ${problems}`);
  await emulator.put(project, published.documents);
  let row = '';
  for (const request of published.requests) {
    const { allowed, message } = await emulator.request(project, request);
    if (allowed === undefined) throw new Error(`${published.name}: ${message}`);
    row += allowed ? '+' : '-';
    if (allowed && (request.op === 'set' || request.op === 'delete')) {
      await emulator.put(
        project,
        published.documents,
        request.path in published.documents ? [] : [request.path],
      );
    }
  }
  decisions[published.name] = row;
}
writeFileSync(new URL('decisions.json', import.meta.url), `${JSON.stringify(decisions, null, 2)}\n`);
