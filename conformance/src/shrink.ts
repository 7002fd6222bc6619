import type { Json, Message } from './wire.ts';

/** Members that give a case its form: they are never taken away whole. */
const KEPT = new Set([
  'kind',
  'from',
  'collectionId',
  'id',
  'rpc',
  'request',
  'steps',
  'setup',
  'targets',
  'actions',
  'do',
  'targetId',
  'target',
  'writes',
]);

/** Runs of an array's indices, the longest first. */
function runs(length: number): [number, number][] {
  const out: [number, number][] = [];
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < length; start += size) out.push([start, Math.min(length, start + size)]);
  }
  return out;
}

/** Smaller versions of a JSON value, the smallest first. */
function* smaller(value: Json | undefined): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [start, end] of runs(value.length)) yield [...value.slice(0, start), ...value.slice(end)];
    for (const [index, item] of value.entries()) {
      for (const less of smaller(item)) yield value.with(index, less);
    }
    return;
  }
  if (value === null || typeof value !== 'object' || '$from' in value) return;
  // A filter with parts may be replaced by one of them.
  const filters = (value.compositeFilter as Message | undefined)?.filters;
  if (Array.isArray(filters)) yield* filters;
  for (const key of Object.keys(value)) {
    if (KEPT.has(key)) continue;
    const { [key]: _, ...rest } = value;
    yield rest;
  }
  for (const [key, item] of Object.entries(value)) {
    for (const less of smaller(item)) yield { ...value, [key]: less };
  }
}

/**
 * Takes away what it can while the difference stays: greedy, at most `budget` executions. `T` must be JSON; what is in it
 * decides the order (first members first).
 */
export async function shrink<T>(
  one: T,
  stillDiffers: (candidate: T) => Promise<boolean>,
  budget = 300,
): Promise<T> {
  let best = one;
  let left = budget;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of smaller(best as Json)) {
      if (left-- <= 0) return best;
      if (await stillDiffers(candidate as T)) {
        best = candidate as T;
        progress = true;
        break;
      }
    }
  }
  return best;
}
