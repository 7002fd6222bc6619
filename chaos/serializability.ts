import { connect, disconnect, freshProject } from './src/clients.ts';
import { main } from './src/main.ts';
import type { Options } from './src/options.ts';
import { Random } from './src/random.ts';
import { counter } from './src/scenarios/counter.ts';
import { phantoms } from './src/scenarios/phantoms.ts';
import { Actor, newTally, type Scenario, type Tally } from './src/scenarios/scenario.ts';
import { transfers } from './src/scenarios/transfers.ts';
import { writeSkew } from './src/scenarios/write-skew.ts';
import { Verdict } from './src/verdict.ts';

const HELP = 'invariants under concurrent transactions: transfers, write skew, phantoms, a hot counter';

const FLAGS = {
  seconds: { default: '30', help: 'seconds under load' },
  clients: { default: '8', help: 'clients, each with a connection of its own' },
  auditors: { default: '2', help: 'further clients that only look at the invariants' },
  attempts: { default: '5', help: "attempts of a transaction; 5 is the client library's own default" },
  'give-up': { default: '0', help: 'share of transactions that may fail after all attempts' },
  control: {
    default: 'false',
    help: 'the broken control: no transactions; passes when violations are found',
  },
  short: { default: 'false', help: 'the form for the test command: 5 seconds' },
};

/** Calls `body` until the time is over; an error that is not a gRPC status ends the run. */
async function until(end: number, body: () => Promise<void>): Promise<void> {
  while (performance.now() < end) await body();
}

async function run(options: Options): Promise<void> {
  const seconds = options.has('short') ? 5 : options.number('seconds');
  const clients = options.number('clients');
  const auditors = options.number('auditors');
  const project = freshProject('serializability');
  const firestores = connect(options.target, project, clients + auditors);
  const scenarios: Scenario[] = [transfers(), writeSkew(), phantoms(), counter()];
  const tallies = new Map<Scenario, Tally>(scenarios.map((scenario) => [scenario, newTally()]));
  const verdict = new Verdict();
  const random = new Random(options.seed);
  const mode = { maxAttempts: options.number('attempts'), bypass: options.has('control') };
  const actorOf = (client: number, scenario: Scenario) =>
    new Actor(firestores[client]!, random, tallies.get(scenario)!, mode);

  try {
    for (const scenario of scenarios) await scenario.setup(firestores[0]!);
    const end = performance.now() + seconds * 1000;
    const steps = Array.from({ length: clients }, (_, client) =>
      until(end, () => {
        const scenario = random.pick(scenarios);
        return scenario.step(actorOf(client, scenario));
      }),
    );
    const audits = Array.from({ length: auditors }, (_, n) =>
      until(end, () => {
        const scenario = random.pick(scenarios);
        return scenario.audit(actorOf(clients + n, scenario), verdict);
      }),
    );
    await Promise.all([...steps, ...audits]);
    for (const scenario of scenarios) {
      await scenario.audit(actorOf(0, scenario), verdict);
      await scenario.finish?.(actorOf(0, scenario), verdict);
    }
  } finally {
    await disconnect(options.target, project, firestores);
  }
  if (mode.bypass) summarizeControl(verdict);
  else summarize(verdict, tallies, options, { seconds, clients });
}

const INVARIANTS = [
  'sum of all accounts changed',
  'overdrawn account',
  'nobody is on call',
  'more bookings than the cap',
  'a seat was booked twice',
  'lost increment',
  'stale read',
];

/** Without transactions the checks must find something, or they could not be trusted with them. */
function summarizeControl(verdict: Verdict): void {
  const found = INVARIANTS.filter((name) => verdict.violations(name) > 0);
  const control = new Verdict();
  control.check('violations are found without transactions', found.length > 0, found.join(', ') || 'none');
  control.finish('serializability, broken control');
}

function summarize(
  verdict: Verdict,
  tallies: Map<Scenario, Tally>,
  options: Options,
  size: { seconds: number; clients: number },
): void {
  for (const name of INVARIANTS) verdict.none(name, 'must not be seen in any read');
  const notes = [`${size.clients} clients, ${size.seconds} s, seed ${options.seed}`];
  for (const [scenario, tally] of tallies) {
    const failed = tally.givenUp.total();
    notes.push(
      `${scenario.name}: ${tally.commits} commits, ${tally.retries} aborted attempts retried, given up: ${tally.givenUp}, ${tally.audits} consistent reads`,
    );
    const allowed = Math.floor((tally.commits + failed) * options.number('give-up'));
    verdict.check(
      `${scenario.name}: contention ends in success`,
      tally.commits > 0 && failed <= allowed,
      `${failed} given up`,
    );
    verdict.check(
      `${scenario.name}: invariants were read`,
      tally.audits > 0,
      `${tally.audits} consistent reads`,
    );
  }
  verdict.finish('serializability', notes);
}

await main({
  name: 'serializability',
  help: HELP,
  flags: FLAGS,
  limit: (options) => options.number('seconds') + 120,
  run,
});
