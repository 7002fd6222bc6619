import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `check` is true; false when the time is up or the signal aborts. */
export async function waitUntil(
  check: () => boolean | Promise<boolean>,
  timeoutMs: number,
  options: { intervalMs?: number; signal?: AbortSignal } = {},
): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (!options.signal?.aborted) {
    if (await check()) return true;
    if (Date.now() >= end) return false;
    await delay(options.intervalMs ?? 20);
  }
  return false;
}
