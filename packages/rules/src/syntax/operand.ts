import { NAMESPACES } from '../functions/namespaces.ts';
import type { Expression, Literal } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { above, along } from './depth.ts';
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
  for (let length = 1; ; length++) {
    if (cursor.take('.')) object = parseMember(cursor, parseExpression, object, length);
    else if (cursor.take('[')) object = parseIndex(cursor, parseExpression, object, length);
    else return object;
  }
}

function parseMember(
  cursor: Cursor,
  parseExpression: ParseExpression,
  object: Expression,
  length: number,
): Expression {
  // Keywords are names of fields too.
  const at = cursor.peek();
  if (at.kind !== 'identifier') throw cursor.unexpected();
  const name = cursor.next().text;
  if (!cursor.take('(')) return { kind: 'member', object, name, at, depth: along(object, length) };
  const args = parseList(cursor, parseExpression, ')');
  const depth = along(object, length, args);
  const isNamespace = object.kind === 'name' && (NAMESPACES.has(object.name) || object.name === 'firestore');
  if (isNamespace) return { kind: 'call', name: `${object.name}.${name}`, args, at: object.at, depth };
  return { kind: 'method', object, name, args, at, depth };
}

function parseIndex(
  cursor: Cursor,
  parseExpression: ParseExpression,
  object: Expression,
  length: number,
): Expression {
  const { at } = object;
  const from = cursor.is(':') ? undefined : parseExpression(cursor);
  if (from !== undefined && cursor.take(']')) {
    return { kind: 'index', object, index: from, at, depth: along(object, length, [from]) };
  }
  cursor.expect(':');
  const to = cursor.is(']') ? undefined : parseExpression(cursor);
  cursor.expect(']');
  return { kind: 'range', object, from, to, at, depth: along(object, length, [from, to]) };
}

function parsePrimary(cursor: Cursor, parseExpression: ParseExpression, isNegated: boolean): Expression {
  const at = cursor.peek();
  if (isPathAhead(cursor)) {
    const parts = parsePath(cursor, parseExpression);
    const inserted = parts.map((part) => (part.kind === 'expression' ? part.expression : undefined));
    return { kind: 'path', parts, at, depth: above(at, inserted) };
  }
  if (cursor.is('++') || cursor.is('--')) {
    throw cursor.problem('Increment (++) and decrement (--) operators are not supported.');
  }
  if (cursor.take('(')) {
    const inner = parseExpression(cursor);
    cursor.expect(')');
    return { kind: 'group', inner, at, depth: above(at, [inner]) };
  }
  if (cursor.take('[')) {
    const elements = parseList(cursor, parseExpression, ']');
    return { kind: 'list', elements, at, depth: above(at, elements) };
  }
  if (cursor.take('{')) {
    const entries = parseEntries(cursor, parseExpression);
    return { kind: 'map', entries, at, depth: above(at, entries.flat()) };
  }
  if (at.kind === 'identifier' && !KEYWORDS.has(at.text)) {
    cursor.next();
    if (!cursor.take('(')) return { kind: 'name', name: at.text, at, depth: 1 };
    const args = parseList(cursor, parseExpression, ')');
    return { kind: 'call', name: at.text, args, at, depth: above(at, args) };
  }
  const value = literalOf(at, isNegated);
  if (value === undefined) throw cursor.unexpected();
  cursor.next();
  return { kind: 'literal', value, at, depth: 1 };
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
export const MIN_INT = -(2n ** 63n);

function literalOf(token: Token, isNegated: boolean): Literal | undefined {
  switch (token.kind) {
    case 'int': {
      const value = BigInt(token.text);
      if (isNegated && value === -MIN_INT) return MIN_INT;
      if (value > MAX_INT) {
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
