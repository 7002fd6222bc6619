import type { ErrorReply } from '../http/exchange.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'required',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  412: 'conditionNotMet',
  429: 'rateLimitExceeded',
  501: 'notImplemented',
  503: 'backendError',
};

/** Errors as the Cloud Storage JSON API has them; its clients read the reason. */
export const cloudError: ErrorReply = (error, status, { params, url }) => {
  const isObject = status === 404 && error.message === 'Not Found' && params.object !== undefined;
  const message = isObject ? `No such object: ${params.bucket}/${params.object}` : error.message;
  if (url.searchParams.get('alt') === 'media') return { status, body: message };
  const reason = REASONS[status] ?? 'backendError';
  const errors = [{ message, domain: 'global', reason }];
  return { status, body: { error: { code: status, message, errors } } };
};
