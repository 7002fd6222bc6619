import { SyntaxProblem } from './position.ts';
import { KEYWORDS, type Token, type TokenKind } from './token.ts';

const MAX_NESTING = 200;

/** A place between tokens that moves forward. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #index = 0;
  #level = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token ahead; `ahead` is 0 for the next one. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'symbol' || token.kind === 'identifier');
  }

  /** Takes the symbol or keyword if it is next. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#index++;
    return true;
  }

  /** @throws SyntaxProblem when something else is next */
  expect(text: string): Token {
    if (!this.is(text)) throw this.mismatch(`'${text}'`);
    return this.next();
  }

  /** @throws SyntaxProblem when something else is next */
  expectKind(kind: TokenKind): Token {
    if (this.peek().kind !== kind) throw this.mismatch(kind.toUpperCase());
    return this.next();
  }

  /** A name that the author chose. @throws SyntaxProblem */
  identifier(): Token {
    const token = this.peek();
    if (token.kind !== 'identifier' || KEYWORDS.has(token.text)) throw this.unexpected();
    return this.next();
  }

  /** Parses something that may hold itself: only so deep, so that no source overflows the stack. */
  nested<T>(parse: () => T): T {
    if (this.#level >= MAX_NESTING) throw this.problem('Expression is too complex to evaluate safely.');
    this.#level++;
    const parsed = parse();
    this.#level--;
    return parsed;
  }

  unexpected(): SyntaxProblem {
    const token = this.peek();
    return new SyntaxProblem(token, `Unexpected '${token.kind === 'segment' ? '/' : ''}${token.text}'.`);
  }

  mismatch(expected: string): SyntaxProblem {
    const token = this.peek();
    return new SyntaxProblem(token, `mismatched input '${token.text}' expecting ${expected}`);
  }

  problem(message: string): SyntaxProblem {
    return new SyntaxProblem(this.peek(), message);
  }
}
