/** gRPC status codes (grpc/status.proto), the only error codes in the project. */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

export interface StatusErrorOptions extends ErrorOptions {
  /** After so long the same call may succeed: told to clients as google.rpc.RetryInfo, and as Retry-After over HTTP. */
  readonly retryAfterMs?: number;
}

/** An error that a caller is meant to see. Its `cause` is for the log and never leaves the process. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: Code;
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string, options?: StatusErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

type Factory = (message: string, options?: StatusErrorOptions) => StatusError;
const factory =
  (code: Code): Factory =>
  (message, options) =>
    new StatusError(code, message, options);

export const cancelled = factory(Code.CANCELLED);
export const invalidArgument = factory(Code.INVALID_ARGUMENT);
export const deadlineExceeded = factory(Code.DEADLINE_EXCEEDED);
export const notFound = factory(Code.NOT_FOUND);
export const alreadyExists = factory(Code.ALREADY_EXISTS);
export const permissionDenied = factory(Code.PERMISSION_DENIED);
export const resourceExhausted = factory(Code.RESOURCE_EXHAUSTED);
export const failedPrecondition = factory(Code.FAILED_PRECONDITION);
export const aborted = factory(Code.ABORTED);
export const unimplemented = factory(Code.UNIMPLEMENTED);
export const internal = factory(Code.INTERNAL);
export const unavailable = factory(Code.UNAVAILABLE);
export const unauthenticated = factory(Code.UNAUTHENTICATED);

/** Any thrown value as a StatusError: an unforeseen one becomes INTERNAL with a message that tells nothing of the inside. */
export function toStatusError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  return internal('Internal error.', { cause: thrown });
}
