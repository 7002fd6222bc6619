import type { Step } from './case.ts';
import type { Difference } from './compare.ts';
import type { Outcome } from './endpoint.ts';
import type { KnownDifference } from './known-differences/entry.ts';
import { knownDifferences } from './known-differences/index.ts';
import type { Json, Message } from './wire.ts';

export function knownDifference(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find((entry) => entry.matches?.(difference));
}

/** The entry that explains what listeners have of a target on either server. */
export function knownTargetDifference(
  oracle: Json,
  target: Json,
  sent: Message,
): KnownDifference | undefined {
  return knownDifferences.find((entry) => entry.matchesTarget?.(oracle, target, sent));
}

/** The target's result as the oracle would have given it, and the entries of the list that changed it. */
export function rewritten(step: Step, outcome: Outcome): { outcome: Outcome; keys: string[] } {
  const keys: string[] = [];
  for (const entry of knownDifferences) {
    const changed = entry.rewrite?.(step, outcome);
    if (!changed) continue;
    outcome = changed;
    keys.push(entry.key);
  }
  return { outcome, keys };
}
