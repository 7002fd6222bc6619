import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaign } from '../src/campaign.ts';
import { Endpoint } from '../src/endpoint.ts';
import { report } from '../src/report.ts';
import { RestEndpoint } from '../src/rest/endpoint.ts';
import { startPlatformForTest, type TestPlatform } from './support/platform.ts';

const SEED = Number(process.env.CONFORMANCE_SEED ?? 1);
const CASES = Number(process.env.CONFORMANCE_REST_CASES ?? 150);
const LIMIT = 120_000;

describe('REST', () => {
  const resources = new AsyncDisposableStack();
  let grpc: Endpoint;
  let rest: RestEndpoint;
  let platforms: TestPlatform[];

  beforeAll(async () => {
    // Two, because a case has the same names on both sides.
    platforms = await Promise.all([startPlatformForTest(), startPlatformForTest()]);
    for (const platform of platforms) resources.use(platform);
    grpc = resources.use(new Endpoint('grpc', platforms[0]!.target));
    rest = resources.use(new RestEndpoint('rest', platforms[1]!.target));
    await Promise.all([grpc.ready(30_000), rest.ready(30_000)]);
  }, 60_000);

  afterAll(() => resources.disposeAsync(), 60_000);

  test(
    `answers ${CASES} generated cases as gRPC does (seed ${SEED})`,
    async () => {
      const result = await campaign({
        oracle: grpc,
        target: rest,
        seed: SEED,
        cases: CASES,
        concurrency: 4,
        reductions: 5,
        isExact: true,
      });
      const explained = [report(result), ...platforms.flatMap(({ faults }) => [...faults])].join('\n\n');
      expect(result.setupFailures.length + result.findings.length, explained).toBe(0);
      expect(rest.calls).toBeGreaterThan(CASES);
    },
    LIMIT,
  );
});
