import { analyze } from './analysis/analyze.ts';
import { buildMatches } from './evaluate/build.ts';
import type { Ruleset } from './ruleset.ts';
import { parseRules } from './syntax/parser.ts';
import { type Problem, SyntaxProblem } from './syntax/position.ts';

/** Google's limit on a source, in UTF-8 bytes. */
const MAX_SOURCE_BYTES = 256 * 1024;

export type Compilation =
  | { readonly ok: true; readonly ruleset: Ruleset; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Rules from their source, or everything that is wrong with it. Takes time in proportion to the source. */
export function compileRules(source: string): Compilation {
  if (Buffer.byteLength(source, 'utf8') > MAX_SOURCE_BYTES) {
    return failure({ line: 1, column: 1 }, `Rules source is larger than ${MAX_SOURCE_BYTES} bytes.`);
  }
  if (source.trim() === '')
    return failure({ line: 0, column: 0 }, 'Rules content empty. Compilation aborted.');
  try {
    const file = parseRules(source);
    const problems = analyze(file);
    if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems };
    return { ok: true, ruleset: buildMatches(file), warnings: problems };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return failure(error.position, error.message);
  }
}

const failure = ({ line, column }: { line: number; column: number }, message: string): Compilation => ({
  ok: false,
  problems: [{ severity: 'error', line, column, message }],
});

/** Problems as Google's emulator prints them. */
export const formatProblems = (problems: readonly Problem[]): string =>
  problems.map(({ line, column, message }) => `L${line}:${column} ${message}`).join('\n');
