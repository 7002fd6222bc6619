import { type Case, type Suite, standalone } from './case.ts';
import { compareCase, type Difference, signature, type Verdict } from './compare.ts';
import type { Endpoint } from './endpoint.ts';
import { prepare } from './execute.ts';
import { SUITE_SIZE, suite } from './generate/suite.ts';
import { shrink } from './shrink.ts';
import { Stalls } from './stalls.ts';

export interface CampaignOptions {
  oracle: Endpoint;
  target: Endpoint;
  seed: number;
  cases: number;
  concurrency: number;
  /** How many different faults are reduced to a small reproduction. */
  reductions?: number;
  /** True when the servers are to differ in nothing, not even where differences are known and accepted. */
  isExact?: boolean;
  onProgress?: (done: number) => void;
}

export interface Finding {
  signature: string;
  count: number;
  kind: string;
  suite: number;
  /** False when the case alone, in an empty project, did not differ again. */
  reproduced: boolean;
  reproduction: Case;
  difference: Difference;
}

export interface CampaignResult {
  seed: number;
  cases: number;
  steps: number;
  milliseconds: number;
  kinds: Record<string, { cases: number; differing: number }>;
  /** Step outcomes of the oracle and known differences, counted. */
  known: Record<string, number>;
  setupFailures: string[];
  findings: Finding[];
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #run = Date.now().toString(36);
  readonly #stalls = new Stalls();
  #projects = 0;
  readonly result: CampaignResult;
  readonly #findings = new Map<string, Finding>();

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.result = {
      seed: options.seed,
      cases: 0,
      steps: 0,
      milliseconds: 0,
      kinds: {},
      known: {},
      setupFailures: [],
      findings: [],
    };
  }

  #project(): string {
    this.#projects += 1;
    return `diff-${this.#run}-${this.#projects}`;
  }

  async run(): Promise<CampaignResult> {
    using _ = this.#stalls;
    const started = performance.now();
    const suites = Math.ceil(this.#options.cases / SUITE_SIZE);
    let next = 0;
    const worker = async () => {
      while (next < suites) {
        const index = next++;
        const size = Math.min(SUITE_SIZE, this.#options.cases - index * SUITE_SIZE);
        await this.#suite(index, suite(this.#options.seed, index, size));
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, worker));
    this.result.findings = [...this.#findings.values()].sort((a, b) => b.count - a.count);
    const reducible = this.result.findings.slice(0, this.#options.reductions ?? 25);
    for (const finding of reducible) await this.#reduce(finding);
    this.result.milliseconds = Math.round(performance.now() - started);
    return this.result;
  }

  async #suite(index: number, group: Suite): Promise<void> {
    const { verdicts, failures } = await this.#stalls.undisturbed(() => this.#compare(index, group));
    this.result.setupFailures.push(...failures);
    for (const [at, verdict] of verdicts.entries()) {
      const one = group.cases[at]!;
      this.#count(one, verdict);
      // What follows the first step that differs may only be its consequence.
      const first = verdict.differences[0]?.step;
      for (const difference of verdict.differences) {
        if (difference.step === first) this.#record(index, standalone(group, one), difference);
      }
      this.#options.onProgress?.(this.result.cases);
    }
  }

  /** The verdicts on a suite's cases, one after the other in one project. */
  async #compare(index: number, group: Suite): Promise<{ verdicts: Verdict[]; failures: string[] }> {
    const project = this.#project();
    const { oracle, target, isExact } = this.#options;
    const ready = await Promise.allSettled(
      [oracle, target].map((each) => prepare(each, project, group.setup)),
    );
    const failures = ready.flatMap((each) =>
      each.status === 'rejected' ? [`suite ${index}: ${each.reason}`] : [],
    );
    const verdicts: Verdict[] = [];
    if (failures.length > 0) return { verdicts, failures };
    for (const one of group.cases) verdicts.push(await compareCase(oracle, target, project, one, isExact));
    return { verdicts, failures };
  }

  #count(one: Case, verdict: Verdict): void {
    this.result.cases += 1;
    this.result.steps += verdict.steps;
    this.result.kinds[one.kind] ??= { cases: 0, differing: 0 };
    const kind = this.result.kinds[one.kind]!;
    kind.cases += 1;
    if (verdict.differences.length > 0) kind.differing += 1;
    for (const key of verdict.known) this.result.known[key] = (this.result.known[key] ?? 0) + 1;
  }

  #record(index: number, one: Case, difference: Difference): void {
    const key = signature(difference);
    const found = this.#findings.get(key);
    if (!found) {
      const rest = { kind: one.kind, suite: index, reproduced: false, reproduction: one, difference };
      this.#findings.set(key, { signature: key, count: 1, ...rest });
      return;
    }
    found.count += 1;
    if (size(one) < size(found.reproduction))
      Object.assign(found, { reproduction: one, difference, suite: index });
  }

  #alone(one: Case): Promise<Difference[]> {
    return this.#stalls.undisturbed(() => this.#compareAlone(one));
  }

  async #compareAlone(one: Case): Promise<Difference[]> {
    const project = this.#project();
    const { oracle, target, isExact } = this.#options;
    try {
      await Promise.all([prepare(oracle, project, one.setup), prepare(target, project, one.setup)]);
    } catch {
      return [];
    }
    return (await compareCase(oracle, target, project, one, isExact)).differences;
  }

  async #reduce(finding: Finding): Promise<void> {
    const same = async (candidate: Case): Promise<boolean> => {
      const differences = await this.#alone(candidate);
      const difference = differences.find((each) => signature(each) === finding.signature);
      if (!difference) return false;
      finding.difference = difference;
      return true;
    };
    finding.reproduced = await same(finding.reproduction);
    if (finding.reproduced) finding.reproduction = await shrink(finding.reproduction, same);
  }
}

function size(one: Case): number {
  return one.setup.length * 50 + JSON.stringify(one.steps).length;
}

/** Runs generated cases on both servers and gathers what differs, one finding per fault. */
export function campaign(options: CampaignOptions): Promise<CampaignResult> {
  return new Campaign(options).run();
}
