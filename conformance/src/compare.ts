import type { Case, Step } from './case.ts';
import type { Endpoint } from './endpoint.ts';
import { execute } from './execute.ts';
import { knownDifference } from './known-differences.ts';
import { type Comparable, normalise } from './normalise.ts';
import type { Json } from './wire.ts';

export interface Difference {
  step: Step;
  /** `code`, `message`, or the path of the first response member that differs. */
  where: string;
  oracle: Comparable;
  target: Comparable;
}

/** The path of the first place where two JSON values differ, in key order; undefined when they are equal. */
export function firstMismatch(
  a: Json | undefined,
  b: Json | undefined,
  path = 'responses',
): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const inner = firstMismatch(a[i], b[i], `${path}[${i}]`);
      if (inner) return inner;
    }
    return undefined;
  }
  if (a && b && typeof a === 'object' && typeof b === 'object' && !Array.isArray(a) && !Array.isArray(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      const inner = firstMismatch(a[key], b[key], `${path}.${key}`);
      if (inner) return inner;
    }
    return undefined;
  }
  return path;
}

function compareStep(step: Step, oracle: Comparable, target: Comparable): Difference | undefined {
  const where =
    oracle.code !== target.code
      ? 'code'
      : oracle.message !== target.message
        ? 'message'
        : firstMismatch(oracle.responses, target.responses);
  return where ? { step, where, oracle, target } : undefined;
}

export interface Verdict {
  differences: Difference[];
  /** Keys of the reviewed list that explained a difference. */
  known: string[];
  /** Steps run per server. */
  steps: number;
}

/** Runs a case on both servers, in a project where its setup is in place. */
export async function compareCase(
  oracle: Endpoint,
  target: Endpoint,
  project: string,
  one: Case,
): Promise<Verdict> {
  const [a, b] = await Promise.all([execute(oracle, project, one), execute(target, project, one)]);
  const now = Date.now();
  const left = normalise(one, project, a, now);
  const right = normalise(one, project, b, now);
  const differences: Difference[] = [];
  const known: string[] = [];
  one.steps.forEach((step, index) => {
    const difference = compareStep(step, left[index]!, right[index]!);
    if (!difference) return;
    const explained = knownDifference(difference);
    if (explained) known.push(explained.key);
    else differences.push(difference);
  });
  return { differences, known, steps: one.steps.length };
}

/** Differences with the same signature are taken for the same fault. */
export function signature(kind: string, difference: Difference): string {
  const { step, where, oracle, target } = difference;
  const generic = (text: string) => text.replace(/"[^"]*"|\([^)]*\)|\d+/g, '…').slice(0, 120);
  const place = where.replace(/\[\d+\]/g, '[]').replace(/\.fields\..*/, '.fields');
  if (where === 'code')
    return `${step.rpc} ${oracle.code} ${generic(oracle.message)} / ${target.code} ${generic(target.message)}`;
  if (where === 'message')
    return `${step.rpc} ${oracle.code} ${generic(oracle.message)} / ${generic(target.message)}`;
  return `${kind} ${step.rpc} ${place}`;
}
