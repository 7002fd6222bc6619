import { StatusError } from '@telestack/errors';

/** What a person needs to know of a failure: the message of a foreseen one with its causes', all of an unforeseen one. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof StatusError)) return error.stack ?? error.message;
  return error.cause === undefined ? error.message : `${error.message} (${describeCause(error.cause)})`;
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : `${cause.message}: ${describeCause(cause.cause)}`;
}
