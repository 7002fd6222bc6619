import type { Endpoint } from '../endpoint.ts';
import { shrink } from '../shrink.ts';
import { Stalls } from '../stalls.ts';
import type { ListenCase } from './case.ts';
import { compareListen, type ListenDifference, listenSignature } from './compare.ts';
import { listenCase } from './generate.ts';

export interface ListenCampaignOptions {
  oracle: Endpoint;
  target: Endpoint;
  seed: number;
  cases: number;
  concurrency: number;
  reductions?: number;
}

export interface ListenFinding {
  signature: string;
  count: number;
  index: number;
  reproduced: boolean;
  reproduction: ListenCase;
  difference: ListenDifference;
}

export interface ListenResult {
  cases: number;
  differing: number;
  milliseconds: number;
  findings: ListenFinding[];
}

/** The setup failed or the like: a case that could not be run is a finding, too. */
function failed(error: unknown): ListenDifference[] {
  return [{ where: `not run: ${String(error)}`, oracle: null, target: null }];
}

/** Runs generated Listen cases, each in a project of its own. */
export async function listenCampaign(options: ListenCampaignOptions): Promise<ListenResult> {
  const { oracle, target, seed, cases, concurrency, reductions = 10 } = options;
  const started = performance.now();
  const run = Date.now().toString(36);
  const findings = new Map<string, ListenFinding>();
  const result: ListenResult = { cases: 0, differing: 0, milliseconds: 0, findings: [] };
  let projects = 0;
  using stalls = new Stalls();
  const differences = (one: ListenCase) =>
    stalls.undisturbed(() => compareListen(oracle, target, `listen-${run}-${projects++}`, one).catch(failed));
  let next = 0;
  const worker = async () => {
    while (next < cases) {
      const index = next++;
      const one = listenCase(seed, index);
      const [difference] = await differences(one);
      result.cases += 1;
      if (!difference) continue;
      result.differing += 1;
      const signature = listenSignature(difference);
      const found = findings.get(signature);
      if (found) found.count += 1;
      else
        findings.set(signature, {
          signature,
          count: 1,
          index,
          reproduced: false,
          reproduction: one,
          difference,
        });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  result.findings = [...findings.values()].sort((a, b) => b.count - a.count);
  for (const finding of result.findings.slice(0, reductions)) {
    const same = async (candidate: ListenCase): Promise<boolean> => {
      const difference = (await differences(candidate)).find(
        (each) => listenSignature(each) === finding.signature,
      );
      if (difference) finding.difference = difference;
      return difference !== undefined;
    };
    finding.reproduced = await same(finding.reproduction);
    if (finding.reproduced) finding.reproduction = await shrink(finding.reproduction, same, 60);
  }
  result.milliseconds = Math.round(performance.now() - started);
  return result;
}
