import { parseArgs } from 'node:util';

/** A program's own flag: its default (as text) and one line for `--help`. */
export interface Flag {
  default: string;
  help: string;
}

export interface Options {
  /** `host:port` of the server under test. */
  target: string;
  /** Fixes the random choices; the interleaving of the clients stays the machine's own. */
  seed: number;
  text: (name: string) => string;
  number: (name: string) => number;
  has: (name: string) => boolean;
}

/**
 * Reads the command line. Without `--target` the target is `FIRESTORE_EMULATOR_HOST`, else 127.0.0.1:8080. A flag whose
 * default is 'false' takes no value. Returns undefined after printing the usage for `--help`.
 */
export function readOptions(program: string, help: string, flags: Record<string, Flag>): Options | undefined {
  const isSwitch = (name: string) => flags[name]?.default === 'false';
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
      ...Object.fromEntries(
        Object.keys(flags).map((name) => [
          name,
          isSwitch(name) ? { type: 'boolean' as const } : { type: 'string' as const },
        ]),
      ),
    },
  });
  if (values.help) {
    const lines = Object.entries(flags).map(
      ([name, flag]) =>
        `  --${name.padEnd(14)} ${flag.help}${isSwitch(name) ? '' : ` (${flag.default || 'none'})`}`,
    );
    console.log(
      `${program}: ${help}\nusage: node chaos/${program}.ts --target host:port [--seed N] [options]`,
    );
    console.log(lines.join('\n'));
    return undefined;
  }
  const given = values as Record<string, string | boolean | undefined>;
  const text = (name: string) => String(given[name] ?? flags[name]?.default ?? '');
  return {
    target: values.target ?? process.env.FIRESTORE_EMULATOR_HOST ?? '127.0.0.1:8080',
    seed: values.seed ? Number(values.seed) : Date.now() % 1_000_000,
    text,
    number: (name) => Number(text(name)),
    has: (name) => given[name] === true,
  };
}
