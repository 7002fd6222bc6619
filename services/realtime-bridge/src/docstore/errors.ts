import { Code, StatusError } from '@telestack/errors';

/** The docstore cannot read at the time that was asked for: it is outside the retention window, or in the future. */
export class ReadTimeError extends Error {
  override readonly name = 'ReadTimeError';
}

const PERMANENT: ReadonlySet<Code> = new Set([
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.PERMISSION_DENIED,
  Code.FAILED_PRECONDITION,
  Code.OUT_OF_RANGE,
  Code.UNIMPLEMENTED,
  Code.UNAUTHENTICATED,
]);

/** Whether a read that failed like this fails again. */
export function isPermanent(error: unknown): error is StatusError {
  return error instanceof StatusError && PERMANENT.has(error.code);
}

export function isReadTimeRefused(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    (error.code === Code.FAILED_PRECONDITION || error.code === Code.INVALID_ARGUMENT)
  );
}
