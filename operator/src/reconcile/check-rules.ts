import { compileRules, formatProblems } from '@telestack/rules';
import type { RulesChecker } from './texts.ts';

/** The rules engine's own opinion, with lines and columns. */
export const checkRules: RulesChecker = (source) => {
  const compilation = compileRules(source);
  return compilation.ok ? undefined : formatProblems(compilation.problems);
};
