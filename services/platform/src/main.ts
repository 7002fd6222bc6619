import { helpText, parseOptions, wantsHelp, withFlags } from '@telestack/config';
import type { Log } from '@telestack/launch';
import { describeError } from './describe-error.ts';
import { OWN_OPTIONS, PLATFORM_OPTIONS, type PlatformOptions } from './options.ts';
import { type Platform, startPlatform } from './platform.ts';
import { checkServiceOptions } from './settings.ts';
import { onStopSignal } from './signals.ts';

const USAGE = 'Usage: npm start -- [options]';

/** Runs the platform until a signal; resolves to the exit code when everything has stopped. */
export async function main(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const startedAt = performance.now();
  const log: Log = (line) =>
    console.error(`${((performance.now() - startedAt) / 1_000).toFixed(2).padStart(7)}  ${line}`);
  if (wantsHelp(argv)) {
    console.log(helpText(PLATFORM_OPTIONS, USAGE));
    return 0;
  }
  const environment = withFlags(PLATFORM_OPTIONS, env, argv);
  let options: PlatformOptions;
  try {
    // All that is wrong is told before anything is started.
    parseOptions(PLATFORM_OPTIONS, env, argv);
    checkServiceOptions(environment);
    options = parseOptions(OWN_OPTIONS, environment);
  } catch (error) {
    console.error(describeError(error));
    return 2;
  }
  const signals = onStopSignal(log);
  let platform: Platform;
  try {
    // A signal while it starts takes effect when the start is through: a half-started server is stopped best as a whole one.
    platform = await startPlatform(options, environment, log);
  } catch (error) {
    log(`Not started: ${describeError(error)}`);
    signals.dispose();
    return 1;
  }
  announce(options, platform, log);
  const signal = await signals.received;
  log(`${signal}: stopping; once more to stop at once`);
  const isClean = await platform.stop();
  signals.dispose();
  return isClean ? 0 : 1;
}

function announce({ profile }: PlatformOptions, platform: Platform, log: Log): void {
  log('Telestack is ready');
  // The database's address holds its password.
  const lines =
    profile === 'dev' ? { ...platform.endpoints, psql: platform.databaseUrl } : platform.endpoints;
  for (const [name, url] of Object.entries(lines)) log(`  ${name.padEnd(10)} ${url}`);
  const { firestore } = platform.endpoints;
  if (profile === 'production')
    log('Clients need a credential: docs/production.md. The database is named in the file of --ready-file.');
  else if (firestore !== undefined)
    log(`Try it: paste this into another terminal, in this folder\n\n${snippet(firestore)}\n`);
}

/** A first document, for a shell. */
const snippet = (address: string): string => `export FIRESTORE_EMULATOR_HOST=${address}
node --input-type=module -e "
import { Firestore } from '@google-cloud/firestore';
const users = new Firestore({ projectId: 'demo' }).collection('users');
await users.doc('ada').set({ name: 'Ada', age: 36 });
users.where('age', '>', 30).onSnapshot((s) => (console.log(s.docs.map((d) => d.data())), process.exit()));
"`;
