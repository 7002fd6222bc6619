import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What is used of a report by mocha's `json` reporter. */
interface Report {
  passes: { fullTitle: string }[];
  failures: { fullTitle: string; err?: { message?: string } }[];
  pending: { fullTitle: string }[];
}

type Outcome = 'passes' | 'fails' | 'is skipped' | 'is missing';

const HELP = `compare: which tests of a suite end otherwise on one server than on another
usage: node e2e/suites/compare.ts BASELINE.json OTHER.json [--accept TITLE ...]
  exit code 1 when a test that passes in the baseline does not in the other (save for accepted titles)`;

function read(path: string): { outcomes: Map<string, Outcome>; reasons: Map<string, string> } {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const outcomes = new Map<string, Outcome>();
  const reasons = new Map<string, string>();
  for (const test of report.passes) outcomes.set(test.fullTitle, 'passes');
  for (const test of report.pending) outcomes.set(test.fullTitle, 'is skipped');
  for (const test of report.failures) {
    outcomes.set(test.fullTitle, 'fails');
    reasons.set(test.fullTitle, (test.err?.message ?? '').split('\n')[0] ?? '');
  }
  return { outcomes, reasons };
}

function totals(outcomes: Map<string, Outcome>): string {
  const count = (wanted: Outcome) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
  return `${count('passes')} pass, ${count('fails')} fail, ${count('is skipped')} skipped`;
}

function compare(baselinePath: string, otherPath: string, accepted: ReadonlySet<string>): void {
  const [baseline, other] = [read(baselinePath), read(otherPath)];
  console.log(`baseline: ${totals(baseline.outcomes)}\nother:    ${totals(other.outcomes)}`);
  let regressions = 0;
  for (const title of new Set([...baseline.outcomes.keys(), ...other.outcomes.keys()])) {
    const before = baseline.outcomes.get(title) ?? 'is missing';
    const after = other.outcomes.get(title) ?? 'is missing';
    const reason = other.reasons.get(title);
    if (before === 'passes' && after !== 'passes') {
      const isAccepted = accepted.has(title);
      if (!isAccepted) regressions++;
      console.log(`${isAccepted ? 'ACCEPTED' : 'WORSE'}: ${title}: ${after}${reason ? `: ${reason}` : ''}`);
    } else if (after === 'passes' && before !== 'passes')
      console.log(`better: ${title}: ${before} in the baseline`);
    else if (after === 'fails') console.log(`fails in both: ${title}: ${reason}`);
  }
  console.log(regressions === 0 ? 'PASS: nothing is worse' : `FAIL: ${regressions} worse`);
  if (regressions > 0) process.exitCode = 1;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, accept: { type: 'string', multiple: true, default: [] } },
});
const [baseline, other] = positionals;
if (values.help || !baseline || !other) console.log(HELP);
else compare(baseline, other, new Set(values.accept));
