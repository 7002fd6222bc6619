import { type Case, DATABASE, type Step } from './case.ts';
import type { Endpoint, Outcome } from './endpoint.ts';
import { execute } from './execute.ts';
import { knownDifference, rewritten } from './explain.ts';
import { type Comparable, normalise } from './normalise.ts';
import type { Json } from './wire.ts';

export interface Difference {
  step: Step;
  /** The steps before it. */
  earlier: readonly Step[];
  /** `code`, `message`, or the path of the first response member that differs. */
  where: string;
  oracle: Comparable;
  target: Comparable;
}

type Visit = (path: string) => void;

function isObject(value: Json | undefined): value is { [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of the document that a response or a list element is about. */
function nameOf(value: { [key: string]: Json | undefined }): Json | undefined {
  const document = value.document ?? value.found ?? value;
  return isObject(document) ? (document.name ?? value.missing) : undefined;
}

/** Visits the path of every place where two JSON values differ. */
function mismatches(a: Json | undefined, b: Json | undefined, path: string, visit: Visit): void {
  if (Object.is(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b)) {
    // With one element too few, everything behind it differs as well: one place is enough.
    if (a.length !== b.length) visit(`${path}.length`);
    else for (const [index, item] of a.entries()) mismatches(item, b[index], `${path}[${index}]`, visit);
  } else if (isObject(a) && isObject(b) && nameOf(a) === nameOf(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      mismatches(a[key], b[key], `${path}.${key}`, visit);
    }
  } else visit(isObject(a) && isObject(b) ? `${path}.name` : path);
}

/** The paths where two results differ: the first of every kind of place. */
export function places(a: Json[], b: Json[]): string[] {
  const found = new Map<string, string>();
  mismatches(a, b, 'responses', (path) => {
    const kind = placeKind(path);
    if (!found.has(kind)) found.set(kind, path);
  });
  return [...found.values()];
}

/** A path without its indices and without the names of a document's fields. */
function placeKind(path: string): string {
  return path.replace(/\[\d+\]/g, '[]').replace(/(\.fields|\.aggregateFields)\..*/, '$1');
}

function compareStep(one: Case, index: number, oracle: Comparable, target: Comparable): Difference[] {
  const step = one.steps[index]!;
  const earlier = one.steps.slice(0, index);
  const difference = (where: string): Difference => ({ step, earlier, where, oracle, target });
  if (oracle.code !== target.code) return [difference('code')];
  if (oracle.message !== target.message) return [difference('message')];
  return places(oracle.responses, target.responses).map(difference);
}

/** Whether one server has done what the other has not; one that crashed may have, and a stream does as much as it can before it ends. */
const isDivergence = ({ step, oracle, target }: Difference): boolean =>
  (oracle.code === 'OK') !== (target.code === 'OK') || oracle.code === 'UNKNOWN' || step.rpc === 'Write';

export interface Verdict {
  differences: Difference[];
  /** Keys of the reviewed list that explained a difference. */
  known: string[];
  /** Steps run per server. */
  steps: number;
}

/** Runs a case on both servers, in a project where its setup is in place. `isExact`: no difference is known and accepted. */
export async function compareCase(
  oracle: Endpoint,
  target: Endpoint,
  project: string,
  one: Case,
  isExact = false,
): Promise<Verdict> {
  const known: string[] = [];
  const rewrite = (step: Step, outcome: Outcome): Outcome => {
    if (isExact) return outcome;
    const changed = rewritten(step, outcome);
    known.push(...changed.keys);
    return changed.outcome;
  };
  const [a, b] = await Promise.all([execute(oracle, project, one), execute(target, project, one, rewrite)]);
  const now = Date.now();
  const left = normalise(one, project, a, now);
  const right = normalise(one, project, b, now);
  const differences: Difference[] = [];
  for (const index of one.steps.keys()) {
    // There was no page to ask for; what the request is answered elsewhere is nothing to compare with.
    if (b.outcomes[index]!.skipped && left[index]!.code !== 'OK') break;
    let diverged = false;
    for (const difference of compareStep(one, index, left[index]!, right[index]!)) {
      const explained = isExact ? undefined : knownDifference(difference);
      if (!explained) differences.push(difference);
      else {
        known.push(explained.key);
        diverged = isDivergence(difference);
      }
    }
    // One has done what the other has refused, with good reason: what follows is not comparable.
    if (diverged) break;
  }
  return { differences, known, steps: one.steps.length };
}

/** A message without what a case chose: names, paths, numbers. */
function generic(text: string): string {
  return text
    .replaceAll(DATABASE, 'D')
    .replace(/\(D\/documents.*\) /gs, '(…) ')
    .replace(/D\/documents\S*/g, 'D/…')
    .replace(/path=.*|path <.*/gs, '…')
    .replace(/\[[^\]]*\]/g, '[…]')
    .replace(/property \S+ /g, 'property … ')
    .replace(/"[^"]*"|'[^']*'|\d+/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 120);
}

/** Differences with the same signature are taken for the same fault. */
export function signature({ step, where, oracle, target }: Difference): string {
  if (where === 'code') {
    return `${step.rpc} ${oracle.code} ${generic(oracle.message)} / ${target.code} ${generic(target.message)}`;
  }
  if (where === 'message') {
    return `${step.rpc} ${oracle.code} ${generic(oracle.message)} / ${generic(target.message)}`;
  }
  return `${step.rpc} ${placeKind(where)}`;
}
