import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { startEmulator } from './emulator.ts';
import { Endpoint } from './endpoint.ts';
import { listenCampaign } from './listen/campaign.ts';
import { clean, listenReport, report } from './report.ts';

const HELP = `node conformance/src/run.ts --target host:port [options]

  --target       the server under test (gRPC, plaintext, "Bearer owner" is admin)
  --oracle       a running emulator; without it one is started on --oracle-port
  --oracle-port  default 9129
  --cases        default 20000
  --listens      cases of the Listen protocol, default 500
  --seed         default: from the clock, printed
  --concurrency  suites at a time, default 4
  --reductions   how many faults to reduce to a small reproduction, default 25
  --json         write the whole result to a file
`;

const CONNECT_TIMEOUT = 20_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      oracle: { type: 'string' },
      'oracle-port': { type: 'string', default: '9129' },
      cases: { type: 'string', default: '20000' },
      listens: { type: 'string', default: '500' },
      seed: { type: 'string' },
      concurrency: { type: 'string', default: '4' },
      reductions: { type: 'string', default: '25' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || !values.target) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  await using emulator = values.oracle ? undefined : await startEmulator(Number(values['oracle-port']));
  using oracle = new Endpoint('oracle', values.oracle ?? emulator!.target);
  using target = new Endpoint('target', values.target);
  await Promise.all([oracle.ready(CONNECT_TIMEOUT), target.ready(CONNECT_TIMEOUT)]);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  console.log(`seed ${seed}`);
  let shown = 0;
  const result = await campaign({
    oracle,
    target,
    seed,
    cases: Number(values.cases),
    concurrency: Number(values.concurrency),
    reductions: Number(values.reductions),
    onProgress: (done) => {
      if (done < shown + 1000) return;
      shown = done;
      process.stderr.write(`${done} cases\n`);
    },
  });
  console.log(report(result));
  const listens = await listenCampaign({
    oracle,
    target,
    seed,
    cases: Number(values.listens),
    concurrency: Number(values.concurrency),
    reductions: Number(values.reductions),
  });
  console.log(listenReport(listens));
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...result, listens }, null, 2)}\n`);
  return clean(result) && listens.findings.length === 0 ? 0 : 1;
}

process.exitCode = await main();
