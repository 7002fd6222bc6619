import { Code, StatusError } from '@telestack/errors';

/**
 * A refusal in the Identity Toolkit's words: an upper-case code that SDKs map to their own errors, with a detail after " : " where there
 * is one ("WEAK_PASSWORD : Password should be at least 6 characters").
 */
export class IdentityError extends StatusError {
  constructor(message: string, options?: ErrorOptions) {
    super(Code.INVALID_ARGUMENT, message, options);
  }
}

/** Throws an IdentityError unless the condition holds. */
export function check(condition: unknown, message: string): asserts condition {
  if (!condition) throw new IdentityError(message);
}
