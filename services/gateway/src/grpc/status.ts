import type { OutgoingHttpHeaders } from 'node:http2';
import type { StatusError } from '@telestack/errors';
import { retryDetails, STATUS_DETAILS } from '@telestack/rpc';

export const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': '0' };

/** An error as the trailers that carry it. */
export function errorTrailers(error: StatusError): OutgoingHttpHeaders {
  const details = retryDetails(error);
  return {
    'grpc-status': String(error.code),
    'grpc-message': percentEncoded(error.message),
    ...(details === undefined ? {} : { [STATUS_DETAILS]: details.toString('base64') }),
  };
}

/** UTF-8 with all but printable ASCII as %XX (gRPC over HTTP/2, "Percent-Encoded"). */
function percentEncoded(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
