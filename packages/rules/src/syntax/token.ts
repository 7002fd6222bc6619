import type { Position } from './position.ts';

export type TokenKind = 'identifier' | 'int' | 'float' | 'string' | 'bytes' | 'segment' | 'symbol' | 'end';

export interface Token extends Position {
  readonly kind: TokenKind;
  /** As written; of a segment without its slash. */
  readonly text: string;
}

/** Words that cannot name a variable, a function or a wildcard. They can name a field. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'allow',
  'false',
  'function',
  'if',
  'import',
  'in',
  'is',
  'let',
  'match',
  'null',
  'return',
  'rules_version',
  'service',
  'true',
]);
