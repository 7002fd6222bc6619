import type { Expression, PathPart } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Whether a path goes on, or begins, here. */
export const isPathAhead = (cursor: Cursor): boolean => cursor.peek().kind === 'segment' || cursor.is('/');

/**
 * `/a/{b}/{c=**}/$(d)`. Wildcards bind names in a `match` and make templates in an expression; `$(...)` is for expressions.
 * @throws SyntaxProblem
 */
export function parsePath(cursor: Cursor, parseExpression?: (cursor: Cursor) => Expression): PathPart[] {
  const parts: PathPart[] = [];
  while (isPathAhead(cursor)) {
    if (cursor.peek().kind === 'segment') {
      parts.push({ kind: 'text', text: decodeURIComponentSafely(cursor.next().text) });
      continue;
    }
    const isExpression = parseExpression !== undefined && cursor.is('$', 1);
    if (!isExpression && !cursor.is('{', 1)) {
      // After a path, a lone slash divides.
      if (parts.length > 0 && parseExpression !== undefined) break;
      throw cursor.problem("Forward slash '/' found where identifier or binding expected.");
    }
    cursor.next();
    parts.push(isExpression ? parseInsertion(cursor, parseExpression) : parseWildcard(cursor));
  }
  if (parts.length === 0) throw cursor.unexpected();
  return parts;
}

function parseInsertion(cursor: Cursor, parseExpression: (cursor: Cursor) => Expression): PathPart {
  cursor.expect('$');
  cursor.expect('(');
  const expression = parseExpression(cursor);
  cursor.expect(')');
  return { kind: 'expression', expression };
}

function parseWildcard(cursor: Cursor): PathPart {
  cursor.expect('{');
  const at = cursor.identifier();
  let recursive = false;
  if (cursor.take('=')) {
    recursive = cursor.take('**');
    if (!recursive) cursor.expect('*');
  }
  cursor.expect('}');
  return { kind: 'wildcard', name: at.text, recursive, at };
}

/** `%20` and the like stand for UTF-8 bytes; what is no UTF-8 stands for itself. */
function decodeURIComponentSafely(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
