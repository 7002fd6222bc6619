import type { Step } from '../case.ts';
import type { Difference } from '../compare.ts';
import type { Outcome } from '../endpoint.ts';
import type { Json, Message } from '../wire.ts';

/** An accepted difference. Its predicates are narrow: they must not match anything else. */
export interface KnownDifference {
  key: string;
  reason: string;
  matches?(difference: Difference): boolean;
  /** What a listener has of a target: its documents, or `{ removed: cause }`; and the target as it was sent. */
  matchesTarget?(oracle: Json, target: Json, sent: Message): boolean;
  /** Takes out of the target's result what the oracle lacks, before later steps use it or times are ranked. */
  rewrite?(step: Step, outcome: Outcome): Outcome | undefined;
}

/** Why a target was removed; undefined when it was not. */
export function causeOf(shown: Json): Message | undefined {
  if (shown === null || typeof shown !== 'object' || Array.isArray(shown)) return undefined;
  return (shown.removed ?? undefined) as Message | undefined;
}

/** The value at a path as `places` gives it: "responses[0].status[1].message". */
export function at(responses: readonly unknown[], path: string): unknown {
  const keys = path.match(/[^.[\]]+/g)!.slice(1);
  return keys.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    responses,
  );
}
