import { parseArgs } from 'node:util';

/** A server under test: what to call it in the table, and its `host:port`. */
export interface Target {
  name: string;
  host: string;
}

/** A program's own flag: its default (as text) and one line for `--help`. */
export interface Flag {
  default: string;
  help: string;
}

export interface Options {
  targets: Target[];
  /** Measured seconds of one case in one round. */
  seconds: number;
  /** Seconds of the same load before measuring. */
  warmup: number;
  rounds: number;
  /** PostgreSQL connection string of the raw baseline, if wanted. */
  databaseUrl: string | undefined;
  /** Only cases whose name matches. */
  only: RegExp | undefined;
  /** The program's own flags, by name. */
  flags: Record<string, string>;
}

const COMMON: Record<string, Flag> = {
  seconds: { default: '5', help: 'measured seconds of one case in one round' },
  warmup: { default: '1', help: 'seconds of the same load before measuring' },
  rounds: { default: '3', help: 'rounds; targets alternate (ABAB) inside each' },
  'database-url': { default: '', help: 'PostgreSQL for the raw baseline, e.g. postgres://user:pw@host/db' },
  only: { default: '', help: 'regular expression: run only the cases that match' },
};

function parseTarget(text: string): Target {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, host: text } : { name: text.slice(0, at), host: text.slice(at + 1) };
}

function usage(program: string, help: string, flags: Record<string, Flag>): string {
  const lines = Object.entries({ ...COMMON, ...flags }).map(
    ([name, flag]) => `  --${name.padEnd(16)} ${flag.help} (${flag.default || 'none'})`,
  );
  return [
    `${program}: ${help}`,
    `usage: node bench/${program}.ts --target [name=]host:port [--target ...] [options]`,
    ...lines,
  ].join('\n');
}

/**
 * Reads the command line. Without `--target` the target is `FIRESTORE_EMULATOR_HOST`, else 127.0.0.1:8080.
 * Prints the usage and ends the process for `--help`; throws for a flag that does not exist.
 */
export function readOptions(program: string, help: string, flags: Record<string, Flag>): Options {
  const all = { ...COMMON, ...flags };
  const { values } = parseArgs({
    options: {
      target: { type: 'string', multiple: true },
      help: { type: 'boolean' },
      ...Object.fromEntries(Object.keys(all).map((name) => [name, { type: 'string' as const }])),
    },
  });
  if (values.help) {
    console.log(usage(program, help, flags));
    process.exit(0);
  }
  const given = values as Record<string, string | undefined>;
  const text = (name: string) => given[name] ?? all[name]?.default ?? '';
  const targets = (values.target ?? [process.env.FIRESTORE_EMULATOR_HOST ?? '127.0.0.1:8080']).map(
    parseTarget,
  );
  const names = new Set(targets.map((target) => target.name));
  if (names.size !== targets.length)
    throw new Error('every --target needs a name of its own: --target a=host:port');
  return {
    targets,
    seconds: Number(text('seconds')),
    warmup: Number(text('warmup')),
    rounds: Math.max(1, Number(text('rounds'))),
    databaseUrl: text('database-url') || undefined,
    only: text('only') ? new RegExp(text('only')) : undefined,
    flags: Object.fromEntries(Object.keys(flags).map((name) => [name, text(name)])),
  };
}

/** A flag such as `1,16,64` as numbers. */
export function numberList(text: string): number[] {
  return text.split(',').map(Number);
}
