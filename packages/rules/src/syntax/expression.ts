import type { BinaryOperator, Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { above } from './depth.ts';
import { MIN_INT, parsePostfix } from './operand.ts';

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
  return cursor.nested(() => {
    const test = parseBinary(cursor, 1);
    if (!cursor.take('?')) return test;
    const yes = parseExpression(cursor);
    cursor.expect(':');
    const no = parseExpression(cursor);
    return { kind: 'conditional', test, yes, no, at: test.at, depth: above(test.at, [test, yes, no]) };
  });
}

function parseBinary(cursor: Cursor, least: number): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol' && token.kind !== 'identifier') return left;
    const precedence = Object.hasOwn(PRECEDENCE, token.text) ? PRECEDENCE[token.text]! : 0;
    if (precedence < least) return left;
    cursor.next();
    const { at } = left;
    if (token.text === 'is') {
      const type = cursor.identifier();
      left = { kind: 'is', operand: left, type: type.text, typeAt: type, at, depth: above(at, [left]) };
    } else {
      const right = parseBinary(cursor, precedence + 1);
      const operator = token.text as BinaryOperator;
      left = { kind: 'binary', operator, left, right, at, depth: above(at, [left, right]) };
    }
  }
}

/** `!!a`, `!-1`; but neither `--1` nor `-!a`. */
function parseUnary(cursor: Cursor): Expression {
  const at = cursor.peek();
  if (cursor.take('!')) {
    const operand = cursor.nested(() => parseUnary(cursor));
    return { kind: 'unary', operator: '!', operand, at, depth: above(at, [operand]) };
  }
  if (!cursor.take('-')) return parsePostfix(cursor, parseExpression);
  const operand = parsePostfix(cursor, parseExpression, true);
  // The one integer whose positive is none.
  if (operand.kind === 'literal' && operand.value === MIN_INT) return { ...operand, at };
  return { kind: 'unary', operator: '-', operand, at, depth: above(at, [operand]) };
}
