/** Why an expression has no value. */
export class EvaluationError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const isError = (result: unknown): result is EvaluationError => result instanceof EvaluationError;

export const nullValueError = new EvaluationError('Null value error.');

/** What a query's constraints do not tell: docs/spec/rules.md, "Queries". */
export const unknownError = new EvaluationError('Unknown: the query does not constrain this.');

export function typeError(received: string, ...expected: string[]): EvaluationError {
  return new EvaluationError(`Type error. Received: [${received}] Expected: [${expected.join(',')}].`);
}

/** `received` is a call or operation with types in the place of values, such as `!int`. */
export function unsupportedOperation(received: string, expected: readonly string[]): EvaluationError {
  return new EvaluationError(
    `Unsupported operation error. Received: ${received}. Expected: ${expected.join(', ')}.`,
  );
}

export const functionNotFound = (name: string): EvaluationError =>
  new EvaluationError(`Function not found error: Name: [${name}].`);

export const undefinedProperty = (name: string): EvaluationError =>
  new EvaluationError(`Property ${name} is undefined on object.`);
