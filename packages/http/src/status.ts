import { Code, type StatusError } from '@telestack/errors';

const HTTP_STATUS: Readonly<Record<Code, number>> = {
  [Code.OK]: 200,
  [Code.CANCELLED]: 499,
  [Code.UNKNOWN]: 500,
  [Code.INVALID_ARGUMENT]: 400,
  [Code.DEADLINE_EXCEEDED]: 504,
  [Code.NOT_FOUND]: 404,
  [Code.ALREADY_EXISTS]: 409,
  [Code.PERMISSION_DENIED]: 403,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.FAILED_PRECONDITION]: 400,
  [Code.ABORTED]: 409,
  [Code.OUT_OF_RANGE]: 400,
  [Code.UNIMPLEMENTED]: 501,
  [Code.INTERNAL]: 500,
  [Code.UNAVAILABLE]: 503,
  [Code.DATA_LOSS]: 500,
  [Code.UNAUTHENTICATED]: 401,
};

const STATUS_NAMES = new Map<Code, string>(Object.entries(Code).map(([name, code]) => [code, name]));

/** The HTTP status of a gRPC code (google/rpc/code.proto). */
export function httpStatus(code: Code): number {
  return HTTP_STATUS[code];
}

/** "INVALID_ARGUMENT" for 3, and so on. */
export function statusName(code: Code): string {
  return STATUS_NAMES.get(code) ?? 'UNKNOWN';
}

export interface ErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly object[];
  };
}

/** What Google's REST APIs answer for an error: `{error: {code, message, status}}` with the HTTP status as its code, and when to try again. */
export function errorBody({ code, message, retryAfterMs }: StatusError): ErrorBody {
  const retryInfo = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retryDelay: `${(retryAfterMs ?? 0) / 1000}s`,
  };
  return {
    error: {
      code: httpStatus(code),
      message,
      status: statusName(code),
      ...(retryAfterMs === undefined ? {} : { details: [retryInfo] }),
    },
  };
}
