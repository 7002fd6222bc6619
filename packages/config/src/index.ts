export { wantsHelp, withFlags } from './argv.ts';
export { helpText, markdownTable } from './describe.ts';
export { parseOptions } from './parse.ts';
export { defineOptions, type Option, type OptionsOf, type OptionsSpec, type OptionType } from './spec.ts';
export { formatBytes, formatDuration, parseBytes, parseDuration } from './units.ts';
