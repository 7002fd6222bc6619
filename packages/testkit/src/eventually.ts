import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `fn` until it neither throws nor returns false, and resolves to what it returned; after `timeoutMs` throws what it last
 * threw. For what another process or a background task brings about. `isWorthRetrying` ends the wait early for other errors.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  timeoutMs = 5_000,
  isWorthRetrying: (error: unknown) => boolean = () => true,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 1.5, 100)) {
    let failure: unknown;
    try {
      const result = await fn();
      if (result !== false) return result;
      failure = new Error(`Still not so after ${timeoutMs} ms: ${fn.toString().slice(0, 200)}`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= end || !isWorthRetrying(failure)) throw failure;
    await delay(waitMs);
  }
}
