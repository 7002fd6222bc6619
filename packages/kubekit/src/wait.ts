import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is yes; false when it was not within the time. An error counts as no. */
export async function waitFor(isTrue: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) return false;
    await delay(100);
  }
  return true;
}
