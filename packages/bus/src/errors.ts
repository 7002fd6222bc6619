import { JetStreamApiError } from '@nats-io/jetstream';
import {
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/nats-core';
import { failedPrecondition, internal, StatusError, unavailable } from '@telestack/errors';

/** JetStream's error codes (nats-server, server/errors.json) that the project acts on. */
export const JsErrorCode = {
  STREAM_NOT_FOUND: 10059,
  WRONG_LAST_MSG_ID: 10070,
  WRONG_LAST_SEQUENCE: 10071,
} as const;

/** True when nobody listened: JetStream is not there, or no stream keeps the subject. */
export function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}

/** The one place where errors of NATS become StatusErrors; the original is the `cause`. */
export function toBusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const options = { cause: error };
  if (error instanceof JetStreamApiError) {
    const { code, err_code: jsCode, description } = error.apiError();
    if (jsCode === JsErrorCode.WRONG_LAST_SEQUENCE || jsCode === JsErrorCode.WRONG_LAST_MSG_ID) {
      return failedPrecondition('The stream has moved on.', options);
    }
    if (code === 503 || code === 408) return unavailable('The message bus is unavailable.', options);
    return internal(`The message bus refused: ${description}.`, options);
  }
  const isConnection =
    isNoResponders(error) ||
    error instanceof TimeoutError ||
    error instanceof RequestError ||
    error instanceof ConnectionError ||
    error instanceof ClosedConnectionError ||
    error instanceof DrainingConnectionError;
  return isConnection
    ? unavailable('The message bus is unavailable.', options)
    : internal('Internal error.', options);
}
