import type { Position } from './position.ts';

export type BinaryOperator =
  | '||'
  | '&&'
  | 'in'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export type Literal = null | boolean | bigint | number | string | Uint8Array;

/** What a path is made of, in a `match` and in an expression. */
export type PathPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `{name}`, or `{name=**}` for any number of segments. */
  | { readonly kind: 'wildcard'; readonly name: string; readonly recursive: boolean; readonly at: Position }
  /** `$(expression)`; in expressions only. */
  | { readonly kind: 'expression'; readonly expression: Expression };

/** `depth` is how deep an expression nests, as Google counts: parentheses do, chains of members and indexes do not. */
export type Expression = { readonly at: Position; readonly depth: number } & (
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: 'range';
      readonly object: Expression;
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
    }
  /** What stands in parentheses. */
  | { readonly kind: 'group'; readonly inner: Expression }
  /** `f(a)`, `math.abs(a)`: the name of a namespace's function is qualified. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'method';
      readonly object: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'is';
      readonly operand: Expression;
      readonly type: string;
      readonly typeAt: Position;
    }
  | {
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'list'; readonly elements: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: Expression, value: Expression])[] }
  | { readonly kind: 'path'; readonly parts: readonly PathPart[] }
);

export interface Name {
  readonly name: string;
  readonly at: Position;
}

export interface FunctionDeclaration extends Name {
  readonly params: readonly Name[];
  readonly bindings: readonly (Name & { readonly value: Expression })[];
  readonly result: Expression;
}

/** `allow methods: if condition`; without a condition it always allows. */
export interface AllowStatement {
  readonly at: Position;
  readonly methods: readonly Name[];
  readonly condition: Expression | undefined;
}

export interface MatchStatement {
  readonly at: Position;
  readonly path: readonly PathPart[];
  readonly body: Block;
}

/** What stands between the braces of a service or a match. */
export interface Block {
  readonly functions: readonly FunctionDeclaration[];
  readonly matches: readonly MatchStatement[];
  readonly allows: readonly AllowStatement[];
}

export interface ServiceDeclaration {
  readonly at: Position;
  readonly name: string;
  readonly body: Block;
}

export interface RulesFile {
  readonly version: '1' | '2';
  readonly functions: readonly FunctionDeclaration[];
  readonly services: readonly ServiceDeclaration[];
}
