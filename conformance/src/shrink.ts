import type { Case } from './case.ts';
import type { Json, Message } from './wire.ts';

/** True when the smaller case still shows the same difference. */
export type StillDiffers = (candidate: Case) => Promise<boolean>;

function parts(length: number): [number, number][] {
  const out: [number, number][] = [];
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < length; start += size) out.push([start, Math.min(length, start + size)]);
  }
  return out;
}

/** Smaller versions of a JSON value, the smallest first. */
function* smaller(value: Json | undefined): Generator<Json | undefined> {
  if (Array.isArray(value)) {
    for (const [start, end] of parts(value.length)) yield [...value.slice(0, start), ...value.slice(end)];
    for (const [index, item] of value.entries()) {
      for (const less of smaller(item)) yield value.with(index, less ?? null);
    }
    return;
  }
  if (value === null || typeof value !== 'object' || '$from' in value) return;
  // A filter with parts may be replaced by one of them.
  const filters = (value.compositeFilter as Message | undefined)?.filters;
  if (Array.isArray(filters)) yield* filters;
  for (const key of Object.keys(value)) {
    const { [key]: _, ...rest } = value;
    yield rest;
  }
  for (const [key, item] of Object.entries(value)) {
    for (const less of smaller(item)) if (less !== undefined) yield { ...value, [key]: less };
  }
}

function* smallerCases(one: Case): Generator<Case> {
  for (const setup of smaller(one.setup)) yield { ...one, setup: setup as Message[] };
  for (const [start, end] of parts(one.steps.length)) {
    const steps = [...one.steps.slice(0, start), ...one.steps.slice(end)];
    if (steps.length > 0) yield { ...one, steps };
  }
  for (const [index, step] of one.steps.entries()) {
    for (const request of smaller(step.request)) {
      yield { ...one, steps: one.steps.with(index, { ...step, request: request as Message }) };
    }
    for (const more of smaller(step.more)) {
      yield { ...one, steps: one.steps.with(index, { ...step, more: more as Message[] }) };
    }
  }
}

/** Takes away what it can while the difference stays: greedy, at most `budget` executions. */
export async function shrink(one: Case, stillDiffers: StillDiffers, budget = 300): Promise<Case> {
  let best = one;
  let left = budget;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of smallerCases(best)) {
      if (left-- <= 0) return best;
      if (await stillDiffers(candidate)) {
        best = candidate;
        progress = true;
        break;
      }
    }
  }
  return best;
}
