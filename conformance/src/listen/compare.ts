import { PROJECT } from '../case.ts';
import { places } from '../compare.ts';
import type { Endpoint } from '../endpoint.ts';
import { knownTargetDifference } from '../explain.ts';
import { rankTimes } from '../normalise.ts';
import { substitute } from '../substitute.ts';
import type { Json } from '../wire.ts';
import type { ListenCase } from './case.ts';
import { executeListen, type ListenTrace } from './execute.ts';

export interface ListenDifference {
  where: string;
  oracle: Json;
  target: Json;
}

function comparable(trace: ListenTrace, project: string): ListenTrace {
  const ranked = rankTimes(trace as unknown as Json);
  return substitute(ranked, project, PROJECT) as unknown as ListenTrace;
}

/**
 * Takes out the targets that differ for a reviewed reason: the times of their documents are none to compare with. One that was refused by
 * one of the servers stays apart to the end.
 */
function withoutKnown(one: ListenCase, oracle: ListenTrace, target: ListenTrace): void {
  const added = one.actions.flatMap((action) => (action.do === 'add' ? [action.target] : []));
  const sent = new Map([...one.targets, ...added].map((each) => [String(each.targetId), each]));
  const known = new Set<string>();
  for (const [index, { targets }] of oracle.checkpoints.entries()) {
    const others = target.checkpoints[index]?.targets ?? {};
    for (const id of Object.keys(targets))
      if (id in others && knownTargetDifference(targets[id] ?? null, others[id] ?? null, sent.get(id) ?? {}))
        known.add(id);
    for (const id of known) {
      delete targets[id];
      delete others[id];
    }
  }
}

/**
 * Compares what a client of either server has seen. Violations of the protocol count on the target; on the oracle they
 * would show a mistake in the checks, or that it crashed.
 */
export async function compareListen(
  oracle: Endpoint,
  target: Endpoint,
  project: string,
  one: ListenCase,
): Promise<ListenDifference[]> {
  const traces = await Promise.all([oracle, target].map((each) => executeListen(each, project, one)));
  withoutKnown(one, traces[0]!, traces[1]!);
  const [left, right] = traces.map((trace) => comparable(trace, project));
  const differences: ListenDifference[] = [];
  const crashed = left!.violations.some((violation) =>
    /^(the stream ended|a commit failed): UNKNOWN/.test(violation),
  );
  for (const violation of crashed ? [] : new Set([...left!.violations, ...right!.violations])) {
    const by = (trace: ListenTrace) => trace.violations.filter((each) => each === violation).length;
    differences.push({ where: `violation: ${violation}`, oracle: by(left!), target: by(right!) });
  }
  for (const [index, checkpoint] of left!.checkpoints.entries()) {
    const other = right!.checkpoints[index];
    if (crashed || !other) break;
    for (const targetId of Object.keys(checkpoint.targets)) {
      const [a, b] = [checkpoint.targets[targetId] ?? null, other.targets[targetId] ?? null];
      for (const place of places([a], [b])) {
        differences.push({
          where: `after ${checkpoint.after}, target ${targetId}: ${place}`,
          oracle: a,
          target: b,
        });
      }
    }
    if (differences.length > 0) break;
  }
  return differences;
}

/** Differences with the same signature are taken for the same fault. */
export function listenSignature({ where }: ListenDifference): string {
  return where.replace(/\d+/g, '#').replace(/(\.fields)\..*/, '$1');
}
