import { invalidArgument } from '@telestack/errors';
import { parseFlags } from './argv.ts';
import type { Option, OptionsOf, OptionsSpec, OptionType } from './spec.ts';
import { parseBytes, parseDuration } from './units.ts';

type Value = string | number | boolean;

/**
 * Flags over environment over defaults, checked and typed. INVALID_ARGUMENT that names everything that is wrong, not just the
 * first thing; a secret's value is not repeated.
 */
export function parseOptions<S extends OptionsSpec>(
  spec: S,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[] = [],
): OptionsOf<S> {
  const { values, problems } = parseFlags(spec, argv);
  const options: Record<string, Value | undefined> = {};
  for (const [key, option] of Object.entries(spec)) {
    const fromFlag = values.get(key);
    const text = fromFlag ?? (option.env === undefined ? undefined : env[option.env] || undefined);
    if (text === undefined) {
      options[key] = option.default;
      continue;
    }
    const source = fromFlag === undefined ? option.env : `--${option.flag}`;
    const result = parseValue(option, text);
    if (typeof result === 'object') {
      problems.push(`${source}${option.secret ? '' : `=${text}`} is not ${result.expected}`);
    } else {
      options[key] = result;
    }
  }
  if (problems.length > 0) throw invalidArgument(`The options are not valid:\n  ${problems.join('\n  ')}`);
  return options as OptionsOf<S>;
}

function parseValue(option: Option<OptionType>, text: string): Value | { expected: string } {
  if (option.choices !== undefined) {
    return option.choices.includes(text) ? text : { expected: `one of ${option.choices.join(', ')}` };
  }
  switch (option.type) {
    case 'string':
      return text;
    case 'bool':
      if (/^(true|1|yes|on)$/i.test(text)) return true;
      if (/^(false|0|no|off)$/i.test(text)) return false;
      return { expected: 'true or false' };
    case 'int':
      return inRange(option, /^-?\d+$/.test(text) ? Number(text) : undefined, 'a whole number');
    case 'duration':
      return inRange(option, parseDuration(text), 'a duration such as 500ms, 30s, 5m or 1h');
    case 'bytes':
      return inRange(option, parseBytes(text), 'a size such as 512k, 64MB or 1GB');
  }
}

function inRange(
  { min, max }: Option<OptionType>,
  value: number | undefined,
  what: string,
): number | { expected: string } {
  const isFine =
    value !== undefined &&
    Number.isSafeInteger(value) &&
    value >= (min ?? -Infinity) &&
    value <= (max ?? Infinity);
  if (isFine) return value;
  const range = [min === undefined ? '' : ` of at least ${min}`, max === undefined ? '' : ` up to ${max}`];
  return { expected: what + range.join('') };
}
