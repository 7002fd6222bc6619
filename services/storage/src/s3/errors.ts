import {
  aborted,
  failedPrecondition,
  internal,
  invalidArgument,
  notFound,
  resourceExhausted,
  StatusError,
  unavailable,
} from '@telestack/errors';

/** The S3 error code of a thrown error: "NoSuchKey"; '' when it has none. */
export function storeErrorCode(thrown: unknown): string {
  const cause = thrown instanceof StatusError ? thrown.cause : thrown;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** An error answer of the object store to a request that was not sent by its client library. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The one place where errors of the object store become StatusErrors; the original is the `cause`. */
export function toStorageError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const options = { cause: thrown };
  switch (storeErrorCode(thrown)) {
    case 'NoSuchKey':
    case 'NotFound':
    case 'NoSuchBucket':
      return notFound('Not Found', options);
    case 'XMinioInvalidObjectName':
    case 'KeyTooLongError':
    case 'InvalidObjectName':
      return invalidArgument('The object store does not take this name.', options);
    case 'XMinioParentIsObject':
    case 'XMinioObjectExistsAsDirectory':
    case 'XMinioFileParentIsFile':
      return failedPrecondition(
        'The object store cannot hold an object and others below its name: a part of this path is an object.',
        options,
      );
    case 'EntityTooLarge':
      return invalidArgument('The object is larger than the object store takes.', options);
    case 'NoSuchUpload':
    case 'InvalidPart':
    case 'PreconditionFailed':
      return aborted('The upload was overtaken by another request.', options);
    case 'XMinioStorageFull':
    case 'QuotaExceeded':
      return resourceExhausted('The object store is full.', options);
    case 'AccessDenied':
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return internal('The object store refuses the service.', options);
    default:
      return unavailable('The object store is unavailable.', options);
  }
}
