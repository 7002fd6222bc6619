import type { RulesFile } from '../syntax/ast.ts';
import type { Problem } from '../syntax/position.ts';

/** What is wrong with a file that parses. */
export function analyze(_file: RulesFile): Problem[] {
  return [];
}
