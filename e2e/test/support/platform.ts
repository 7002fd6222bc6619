import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { START, startPlatform } from './start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the server under test; empty when there is none. */
    target: string;
    /** True for a server that lacks what production has (Google's emulator). */
    emulator: boolean;
  }
}

/**
 * Finds or starts the server for all test files: `TARGET=host:port` names a running one (`TARGET_IS=emulator` for
 * Google's); else the platform is started as a user would.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TARGET;
  project.provide('emulator', process.env.TARGET_IS === 'emulator');
  if (given !== undefined || !existsSync(START)) {
    if (!given) console.warn('skipped: no TARGET, and no platform to start');
    project.provide('target', given ?? '');
    return undefined;
  }
  const platform = await startPlatform();
  project.provide('target', platform.address);
  return platform.stop;
}
