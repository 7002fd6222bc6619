import { Code, StatusError } from '@telestack/errors';

/** The API server's Status object, where it sent one. */
interface Status {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number };
}

const CODES: Record<number, Code> = {
  400: Code.INVALID_ARGUMENT,
  401: Code.UNAUTHENTICATED,
  403: Code.PERMISSION_DENIED,
  404: Code.NOT_FOUND,
  409: Code.ABORTED,
  410: Code.OUT_OF_RANGE,
  422: Code.INVALID_ARGUMENT,
  429: Code.RESOURCE_EXHAUSTED,
  500: Code.INTERNAL,
  503: Code.UNAVAILABLE,
  504: Code.DEADLINE_EXCEEDED,
};

/** A request that the API server refused, or that did not reach it (`status` 0). */
export class ApiError extends StatusError {
  readonly status: number;
  /** "NotFound", "AlreadyExists", "Conflict", "Expired", "Invalid", ... */
  readonly reason: string;

  constructor(
    status: number,
    reason: string,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    const code =
      reason === 'AlreadyExists'
        ? Code.ALREADY_EXISTS
        : (CODES[status] ?? (status === 0 ? Code.UNAVAILABLE : Code.UNKNOWN));
    super(code, message, options);
    this.status = status;
    this.reason = reason;
  }
}

/** The error that a response's body tells. */
export function apiErrorOf(
  status: number,
  body: string,
  what: string,
  retryAfter: string | undefined,
): ApiError {
  let told: Status = {};
  try {
    told = JSON.parse(body) as Status;
  } catch {
    // A proxy on the way answers with a page of its own.
  }
  const seconds = told.details?.retryAfterSeconds ?? Number(retryAfter);
  return new ApiError(
    status,
    told.reason ?? '',
    told.message ?? `${what} failed with HTTP status ${status}.`,
    {
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
    },
  );
}

const isApiError = (error: unknown, test: (error: ApiError) => boolean): boolean =>
  error instanceof ApiError && test(error);

export const isNotFound = (error: unknown): boolean => isApiError(error, ({ status }) => status === 404);
export const isAlreadyExists = (error: unknown): boolean =>
  isApiError(error, ({ reason }) => reason === 'AlreadyExists');
export const isConflict = (error: unknown): boolean =>
  isApiError(error, ({ status, reason }) => status === 409 && reason !== 'AlreadyExists');
/** The resource version is too old: only a new list helps. */
export const isExpired = (error: unknown): boolean => isApiError(error, ({ status }) => status === 410);
/** The request itself is wrong: the same one will fail again. */
export const isInvalid = (error: unknown): boolean =>
  isApiError(error, ({ status }) => status === 400 || status === 422);
