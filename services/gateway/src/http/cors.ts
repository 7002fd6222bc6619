import type { IncomingMessage, ServerResponse } from 'node:http';

const EXPOSED = 'x-client-wire-protocol, x-http-session-id, x-http-initial-response';
const METHODS = 'DELETE,GET,HEAD,PATCH,POST,PUT';
const MAX_AGE_SECONDS = '3600';

/**
 * Lets pages of any origin call: who calls is told by a token that a page must have, never by a cookie.
 * @returns true where the request was a preflight and is answered
 */
export function allowOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  response.setHeader('access-control-allow-origin', origin);
  // The web SDK sends its requests with credentials.
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'Origin');
  if (request.method !== 'OPTIONS') {
    response.setHeader('access-control-expose-headers', EXPOSED);
    return false;
  }
  const headers = request.headers['access-control-request-headers'];
  response.setHeader('access-control-allow-methods', METHODS);
  if (headers !== undefined) response.setHeader('access-control-allow-headers', headers);
  response.setHeader('access-control-max-age', MAX_AGE_SECONDS);
  response.writeHead(204).end();
  return true;
}
