import type { ServerResponse } from 'node:http';
import type { StatusError } from '@telestack/errors';
import type { Reply } from './route.ts';
import { errorBody, httpStatus } from './status.ts';

/** Sends a whole answer; does nothing where the client has gone. */
export function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Reply): void {
  if (response.destroyed) return;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = isRaw ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const type = isRaw ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

/** Answers with an error in Google's shape; where a body is already on its way, the connection is cut instead. */
export function sendError(response: ServerResponse, error: StatusError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, retryAfterMs } = error;
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  send(response, { status: httpStatus(code), headers, body: errorBody(error) });
}
