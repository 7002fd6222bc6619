/** A place in a source text; line and column count from 1, column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a source. Warnings do not keep rules from being used. */
export interface Problem extends Position {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** A problem that ends parsing. */
export class SyntaxProblem extends Error {
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(message);
    this.position = position;
  }
}
