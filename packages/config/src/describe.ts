import type { Option, OptionsSpec, OptionType } from './spec.ts';
import { formatBytes, formatDuration } from './units.ts';

/** The text of --help. `usage` is the first line. */
export function helpText(spec: OptionsSpec, usage: string): string {
  const rows = Object.values(spec).map((option) => [
    option.flag === undefined ? '' : `--${option.flag}${placeholder(option)}`,
    option.env ?? '',
    option.description + suffix(option),
  ]);
  rows.push(['--help', '', 'Show this text.']);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([flag, env, description]) => `  ${flag!.padEnd(widths[0]!)}  ${env!.padEnd(widths[1]!)}  ${description}`,
  );
  return `${usage}\n\n${lines.join('\n')}\n`;
}

/** The same as a table for the documentation. */
export function markdownTable(spec: OptionsSpec): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = Object.values(spec).map((option) => {
    const value = defaultText(option);
    return [
      option.flag === undefined ? '' : `\`--${option.flag}\``,
      option.env === undefined ? '' : `\`${option.env}\``,
      value === undefined ? '' : `\`${cell(value)}\``,
      cell(option.description),
    ];
  });
  const lines = [['Flag', 'Variable', 'Default', 'Meaning'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}

function placeholder({ type, choices }: Option<OptionType>): string {
  if (type === 'bool') return '';
  return choices === undefined ? ` <${type}>` : ` <${choices.join('|')}>`;
}

function suffix(option: Option<OptionType>): string {
  const value = defaultText(option);
  return value === undefined ? '' : ` Default: ${value}.`;
}

function defaultText(option: Option<OptionType>): string | undefined {
  const { default: value, secret, type } = option;
  if (value === undefined || secret || value === '') return undefined;
  if (typeof value !== 'number') return String(value);
  if (type === 'duration') return formatDuration(value);
  return type === 'bytes' ? formatBytes(value) : String(value);
}
