import { NAMESPACES } from '../functions/namespaces.ts';
import type { Expression, Literal } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { bytesLiteral, stringLiteral } from './literals.ts';
import { isPathAhead, parsePath } from './path.ts';
import { SyntaxProblem } from './position.ts';
import { KEYWORDS, type Token } from './token.ts';

type ParseExpression = (cursor: Cursor) => Expression;

/** An operand and the members, calls, indexes and ranges that follow it. @throws SyntaxProblem */
export function parsePostfix(
  cursor: Cursor,
  parseExpression: ParseExpression,
  isNegated = false,
): Expression {
  let object = parsePrimary(cursor, parseExpression, isNegated);
  for (;;) {
    if (cursor.take('.')) object = parseMember(cursor, parseExpression, object);
    else if (cursor.take('[')) object = parseIndex(cursor, parseExpression, object);
    else return object;
  }
}

function parseMember(cursor: Cursor, parseExpression: ParseExpression, object: Expression): Expression {
  // Keywords are names of fields too.
  const at = cursor.peek();
  if (at.kind !== 'identifier') throw cursor.unexpected();
  const name = cursor.next().text;
  if (!cursor.take('(')) return { kind: 'member', object, name, at };
  const args = parseList(cursor, parseExpression, ')');
  const isNamespace = object.kind === 'name' && NAMESPACES.has(object.name);
  if (isNamespace) return { kind: 'call', name: `${object.name}.${name}`, args, at: object.at };
  return { kind: 'method', object, name, args, at };
}

function parseIndex(cursor: Cursor, parseExpression: ParseExpression, object: Expression): Expression {
  const at = object.at;
  const from = cursor.is(':') ? undefined : parseExpression(cursor);
  if (from !== undefined && cursor.take(']')) return { kind: 'index', object, index: from, at };
  cursor.expect(':');
  const to = cursor.is(']') ? undefined : parseExpression(cursor);
  cursor.expect(']');
  return { kind: 'range', object, from, to, at };
}

function parsePrimary(cursor: Cursor, parseExpression: ParseExpression, isNegated: boolean): Expression {
  const at = cursor.peek();
  if (isPathAhead(cursor)) return { kind: 'path', parts: parsePath(cursor, parseExpression), at };
  if (cursor.is('++') || cursor.is('--')) {
    throw cursor.problem('Increment (++) and decrement (--) operators are not supported.');
  }
  if (cursor.take('(')) {
    const inner = parseExpression(cursor);
    cursor.expect(')');
    // A number in parentheses is not the number after a minus sign.
    return inner;
  }
  if (cursor.take('[')) return { kind: 'list', elements: parseList(cursor, parseExpression, ']'), at };
  if (cursor.take('{')) return { kind: 'map', entries: parseEntries(cursor, parseExpression), at };
  if (at.kind === 'identifier' && !KEYWORDS.has(at.text)) {
    cursor.next();
    if (!cursor.take('(')) return { kind: 'name', name: at.text, at };
    return { kind: 'call', name: at.text, args: parseList(cursor, parseExpression, ')'), at };
  }
  const value = literalOf(at, isNegated);
  if (value === undefined) throw cursor.unexpected();
  cursor.next();
  return { kind: 'literal', value, at };
}

/** Elements up to the closing symbol; a comma may follow the last. */
function parseList(cursor: Cursor, parseExpression: ParseExpression, close: string): Expression[] {
  const elements: Expression[] = [];
  while (!cursor.take(close)) {
    elements.push(parseExpression(cursor));
    if (!cursor.take(',') && !cursor.is(close)) throw cursor.unexpected();
  }
  return elements;
}

function parseEntries(
  cursor: Cursor,
  parseExpression: ParseExpression,
): (readonly [Expression, Expression])[] {
  const entries: (readonly [Expression, Expression])[] = [];
  while (!cursor.take('}')) {
    const key = parseExpression(cursor);
    cursor.expect(':');
    entries.push([key, parseExpression(cursor)]);
    if (!cursor.take(',') && !cursor.is('}')) throw cursor.unexpected();
  }
  return entries;
}

const MAX_INT = 2n ** 63n - 1n;

function literalOf(token: Token, isNegated: boolean): Literal | undefined {
  switch (token.kind) {
    case 'int': {
      const value = BigInt(token.text);
      if (value > (isNegated ? MAX_INT + 1n : MAX_INT)) {
        throw new SyntaxProblem(token, `Invalid number literal ${token.text}.`);
      }
      return value;
    }
    case 'float':
      return Number(token.text);
    case 'string':
      return stringLiteral(token.text);
    case 'bytes': {
      const bytes = bytesLiteral(token.text);
      if (bytes === undefined) throw new SyntaxProblem(token, `Invalid bytes literal ${token.text}.`);
      return bytes;
    }
    case 'identifier':
      return token.text === 'null'
        ? null
        : token.text === 'true'
          ? true
          : token.text === 'false'
            ? false
            : undefined;
    default:
      return undefined;
  }
}
