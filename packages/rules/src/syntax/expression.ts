import type { BinaryOperator, Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parsePostfix } from './operand.ts';

/** How tightly operators bind, as Google's grammar has it: `1 in [1] == true` is `1 in ([1] == true)`. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  in: 3,
  is: 4,
  '==': 5,
  '!=': 5,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
};

/** @throws SyntaxProblem */
export function parseExpression(cursor: Cursor): Expression {
  const test = parseBinary(cursor, 1);
  if (!cursor.take('?')) return test;
  const yes = parseExpression(cursor);
  cursor.expect(':');
  const no = parseExpression(cursor);
  return { kind: 'conditional', test, yes, no, at: test.at };
}

function parseBinary(cursor: Cursor, least: number): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol' && token.kind !== 'identifier') return left;
    const precedence = Object.hasOwn(PRECEDENCE, token.text) ? PRECEDENCE[token.text]! : 0;
    if (precedence < least) return left;
    cursor.next();
    if (token.text === 'is') {
      left = { kind: 'is', operand: left, type: cursor.identifier().text, at: left.at };
    } else {
      const right = parseBinary(cursor, precedence + 1);
      left = { kind: 'binary', operator: token.text as BinaryOperator, left, right, at: left.at };
    }
  }
}

/** `!!a`, `!-1`; but neither `--1` nor `-!a`. */
function parseUnary(cursor: Cursor): Expression {
  const at = cursor.peek();
  if (cursor.take('!')) return { kind: 'unary', operator: '!', operand: parseUnary(cursor), at };
  if (!cursor.take('-')) return parsePostfix(cursor, parseExpression);
  const operand = parsePostfix(cursor, parseExpression, true);
  if (
    operand.kind === 'literal' &&
    (typeof operand.value === 'bigint' || typeof operand.value === 'number')
  ) {
    return { kind: 'literal', value: -operand.value, at };
  }
  return { kind: 'unary', operator: '-', operand, at };
}
