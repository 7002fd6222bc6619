import { type Position, SyntaxProblem } from './position.ts';
import type { Token, TokenKind } from './token.ts';

/** A slash and what follows it directly is one token: `7 /2` is a path after a number, `7 / 2` a division. */
const SEGMENT = String.raw`\/(?:(?:[&'*+\-.0-9:@A-Z_a-z~]|%[0-9A-Fa-f]{2})+|\([&'*+\-.0-9:@A-Z_a-z~]+\))`;
const ESCAPE = String.raw`\\(?:[bfnrt"'\\]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[0-3][0-7]{2})`;
const QUOTED = String.raw`"(?:[^"\\\n\r]|${ESCAPE})*"|'(?:[^'\\\n\r]|${ESCAPE})*'`;

/** One sticky expression for all tokens: each character is looked at a bounded number of times. */
const TOKEN = new RegExp(
  [
    String.raw`(?<blank>[\s]+|\/\/[^\n\r]*|\/\*[^]*?\*\/)`,
    `(?<segment>${SEGMENT})`,
    `(?<bytes>b(?:${QUOTED}))`,
    `(?<string>${QUOTED})`,
    '(?<identifier>[A-Za-z_][A-Za-z_0-9]*)',
    String.raw`(?<float>(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)`,
    '(?<int>0|[1-9][0-9]*)',
    String.raw`(?<symbol>&&|\|\||==|!=|<=|>=|\+\+|--|\*\*|[-+*/%!<>?:;,.(){}[\]=$])`,
  ].join('|'),
  'uy',
);

/** @throws SyntaxProblem at text that no token begins with */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  let offset = 0;
  while (offset < source.length) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(source);
    const position: Position = { line, column: offset - lineStart + 1 };
    if (match === null) throw unrecognized(source, offset, position);
    const text = match[0];
    const kind = kindOf(match.groups!);
    if (kind === 'blank') {
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
        line++;
        lineStart = offset + at + 1;
      }
    } else {
      tokens.push({ ...position, kind, text: kind === 'segment' ? text.slice(1) : text });
    }
    offset += text.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', line, column: offset - lineStart + 1 });
  return tokens;
}

function kindOf(groups: { [name: string]: string | undefined }): TokenKind | 'blank' {
  for (const name in groups) if (groups[name] !== undefined) return name as TokenKind | 'blank';
  return 'blank';
}

function unrecognized(source: string, offset: number, position: Position): SyntaxProblem {
  const character = String.fromCodePoint(source.codePointAt(offset)!);
  if (character === '"' || character === "'") {
    return new SyntaxProblem(position, `Missing a closing ${character}`);
  }
  return new SyntaxProblem(position, `token recognition error at: '${character}'`);
}
