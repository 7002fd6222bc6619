import type { Expression } from './ast.ts';
import { type Position, SyntaxProblem } from './position.ts';

/** Measured: the hundredth level is refused. */
const MAX_DEPTH = 99;
/** `a.b.c`, `a[0][1]`: more than could be evaluated within the limit on expressions. */
const MAX_CHAIN = 1_000;

const tooComplex = (at: Position): SyntaxProblem =>
  new SyntaxProblem(at, 'Expression is too complex to evaluate safely.');

/** The depth of an expression with these parts. @throws SyntaxProblem when it nests too deep */
export function above(at: Position, parts: readonly (Expression | undefined)[]): number {
  let deepest = 0;
  for (const part of parts) if (part !== undefined && part.depth > deepest) deepest = part.depth;
  if (deepest >= MAX_DEPTH) throw tooComplex(at);
  return deepest + 1;
}

/** The depth of an expression that continues a chain: its object is on the same level. @throws SyntaxProblem */
export function along(
  object: Expression,
  length: number,
  parts: readonly (Expression | undefined)[] = [],
): number {
  if (length > MAX_CHAIN) throw tooComplex(object.at);
  return Math.max(object.depth, above(object.at, parts));
}
