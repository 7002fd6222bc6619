import type { OptionsSpec } from './spec.ts';

export interface Flags {
  /** Texts by the option's key; "true" or "false" for bools. */
  values: Map<string, string>;
  problems: string[];
}

/** Splits the command line (without node and script) into options: --flag value, --flag=value, --bool, --no-bool. */
export function parseFlags(spec: OptionsSpec, argv: readonly string[]): Flags {
  const byFlag = new Map<string, { key: string; isBool: boolean }>();
  for (const [key, option] of Object.entries(spec)) {
    if (option.flag !== undefined) byFlag.set(option.flag, { key, isBool: option.type === 'bool' });
  }
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === '--help' || arg === '-h') continue;
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const negated = name?.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined;
    const known = name === undefined ? undefined : byFlag.get(name);
    if (known?.isBool) {
      values.set(known.key, inline ?? 'true');
    } else if (known !== undefined) {
      const value = inline ?? argv[++i];
      if (value === undefined) problems.push(`--${name} needs a value`);
      else values.set(known.key, value);
    } else if (negated?.isBool && inline === undefined) {
      values.set(negated.key, 'false');
    } else {
      problems.push(`${arg} is unknown${suggest(name, [...byFlag.keys()])}`);
    }
  }
  return { values, problems };
}

/**
 * The environment as it would be if the flags of the command line had been set as variables: for a program that hands its options on to
 * others. Flags without a variable are left out.
 */
export function withFlags(
  spec: OptionsSpec,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): Record<string, string | undefined> {
  const { values } = parseFlags(spec, argv);
  const flags = [...values].flatMap(([key, text]) => {
    const name = spec[key]?.env;
    return name === undefined ? [] : [[name, text] as const];
  });
  return { ...env, ...Object.fromEntries(flags) };
}

/** True when the help text is asked for. */
export function wantsHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

function suggest(name: string | undefined, flags: readonly string[]): string {
  const near = flags.find((flag) => name !== undefined && (flag.startsWith(name) || name.startsWith(flag)));
  return near === undefined ? '' : `; did you mean --${near}?`;
}
