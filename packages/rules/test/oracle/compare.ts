import { type Conjunction, toDisjunctiveNormalForm } from '@telestack/query';
import { compileRules, type Decision, formatReasons, type Ruleset } from '@telestack/rules';
import type { Emulator } from './emulator.ts';
import { decideLocally, queryOf } from './local.ts';
import { allowsNaively } from './naive.ts';
import type { Request, Scenario } from './scenario.ts';

export interface Difference {
  readonly scenario: string;
  readonly request: Request | undefined;
  readonly emulator: string;
  readonly ours: string;
}

export interface Comparison {
  readonly evaluations: number;
  readonly allowed: number;
  readonly differences: readonly Difference[];
  /** Differences that docs/spec/rules.md describes, by kind. */
  readonly explained: { readonly [kind: string]: number };
}

let projects = 0;

/** Runs a scenario against both and tells where they differ. */
export async function compareScenario(emulator: Emulator, scenario: Scenario): Promise<Comparison> {
  const project = `r${process.pid}-${++projects}`;
  const problems = await emulator.setRules(project, scenario.rules);
  const compiled = compileRules(scenario.rules);
  // Some sources crash the emulator's compiler.
  if (problems?.includes('"code":500')) return { evaluations: 0, allowed: 0, differences: [], explained: {} };
  if (!compiled.ok || problems !== undefined) {
    const isSame = !compiled.ok && problems !== undefined;
    const ours = compiled.ok ? 'compiles' : compiled.problems.map(({ message }) => message).join('; ');
    const differences: Difference[] = isSame
      ? []
      : [{ scenario: scenario.name, request: undefined, emulator: problems ?? 'compiles', ours }];
    return { evaluations: 1, allowed: 0, differences, explained: {} };
  }
  await emulator.put(project, scenario.documents);
  const differences: Difference[] = [];
  const explained: Record<string, number> = {};
  let allowed = 0;
  let evaluations = 0;
  for (const request of scenario.requests) {
    if (!isValid(request)) continue;
    const verdict = await emulator.request(project, request);
    if (verdict.allowed === undefined) continue;
    evaluations++;
    if (verdict.allowed) allowed++;
    const isWrite = request.op === 'set' || request.op === 'delete';
    if (verdict.allowed && isWrite) {
      const isNew = !(request.path in scenario.documents);
      await emulator.put(project, scenario.documents, isNew ? [request.path] : []);
    }
    const decision = decideLocally(compiled.ruleset, scenario.documents, request, Date.now() * 1_000);
    if (decision.allowed === verdict.allowed) continue;
    const kind = explain(compiled.ruleset, request, decision, verdict.message);
    if (kind !== undefined) explained[kind] = (explained[kind] ?? 0) + 1;
    else {
      differences.push({
        scenario: scenario.name,
        request,
        emulator: verdict.allowed ? 'allows' : verdict.message,
        ours: decision.allowed ? 'allows' : formatReasons(decision.reasons, request.op).trim(),
      });
    }
  }
  return { evaluations, allowed, differences, explained };
}

/** Whether a request is a valid one; the order of permission and validity is not the rules' affair. */
function isValid(request: Request): boolean {
  if (request.op !== 'list') return true;
  try {
    queryOf(request.collection, request.query);
    return true;
  } catch {
    return false;
  }
}

/** The kind of a difference that is meant to be; undefined for others. Only query proofs differ on purpose. */
function explain(
  ruleset: Ruleset,
  request: Request,
  decision: Decision,
  message: string,
): string | undefined {
  if (request.op !== 'list') return undefined;
  if (!decision.allowed) {
    const { filter } = queryOf(request.collection, request.query);
    const disjuncts = toDisjunctiveNormalForm(filter);
    if (disjuncts.length === 0 || disjuncts.some(repeatsItself)) return 'a query that contradicts itself';
    if (allowsNaively(ruleset, request)) return 'the emulator takes unconstrained fields for absent';
    return undefined;
  }
  const isUnproven =
    /evaluation error|constraint|Function not found error|^false|Property \w+ is undefined/.test(message);
  return isUnproven ? 'proven here only' : undefined;
}

/** Whether a field and one inside of it have values: either repeats the other, or nothing satisfies both. Each side goes by another one. */
const repeatsItself = (filters: Conjunction): boolean =>
  filters.some(({ field, op }) =>
    filters.some(
      (other) =>
        op === '==' && other.field.length > field.length && field.every((name, i) => name === other.field[i]),
    ),
  );
