import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaign } from '../src/campaign.ts';
import { type Emulator, emulatorPath, startEmulator } from '../src/emulator.ts';
import { Endpoint } from '../src/endpoint.ts';
import { freePort } from '../src/free-port.ts';
import { listenCampaign } from '../src/listen/campaign.ts';
import { listenReport, report } from '../src/report.ts';
import { startPlatformForTest, type TestPlatform } from './support/platform.ts';

/** Another seed finds other cases: `CONFORMANCE_SEED=7`. The long run is `node conformance/src/run.ts`. */
const SEED = Number(process.env.CONFORMANCE_SEED ?? 1);
const CASES = Number(process.env.CONFORMANCE_CASES ?? 320);
const LISTENS = Number(process.env.CONFORMANCE_LISTENS ?? 20);
const LIMIT = 240_000;

const installed = emulatorPath() !== undefined;
if (!installed) console.warn('skipped: no emulator');

describe.skipIf(!installed)('the same as the oracle', () => {
  const resources = new AsyncDisposableStack();
  let oracle: Endpoint;
  let target: Endpoint;
  let platform: TestPlatform;

  const explained = (text: string) => [text, ...platform.faults].join('\n\n');

  beforeAll(async () => {
    const emulator: Emulator = resources.use(await startEmulator(await freePort()));
    platform = resources.use(await startPlatformForTest());
    oracle = resources.use(new Endpoint('oracle', emulator.target));
    target = resources.use(new Endpoint('target', platform.target));
    await Promise.all([oracle.ready(30_000), target.ready(30_000)]);
  }, 120_000);

  afterAll(() => resources.disposeAsync(), 60_000);

  test(
    `answers ${CASES} generated cases alike (seed ${SEED})`,
    async () => {
      const result = await campaign({
        oracle,
        target,
        seed: SEED,
        cases: CASES,
        concurrency: 4,
        reductions: 12,
      });
      expect(result.setupFailures.length + result.findings.length, explained(report(result))).toBe(0);
      expect(result.cases).toBe(CASES);
    },
    LIMIT,
  );

  test(
    `shows listeners the same in ${LISTENS} generated sequences (seed ${SEED})`,
    async () => {
      const result = await listenCampaign({
        oracle,
        target,
        seed: SEED,
        cases: LISTENS,
        concurrency: 2,
        reductions: 3,
      });
      expect(result.findings.length, explained(listenReport(result))).toBe(0);
      expect(result.cases).toBe(LISTENS);
    },
    LIMIT,
  );
});
