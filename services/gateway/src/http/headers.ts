import type { IncomingMessage, ServerResponse } from 'node:http';

const EXPOSED = 'x-client-wire-protocol, x-http-session-id, x-http-initial-response, retry-after';
const METHODS = 'DELETE,GET,HEAD,PATCH,POST,PUT';
const MAX_AGE_SECONDS = '3600';

/** Origins whose pages may call; "*" for all. */
export type AllowedOrigins = readonly string[];

/** "https://app.example.com,https://*.example.com" as a list. */
export function parseOrigins(text: string): AllowedOrigins {
  return text.split(/[\s,]+/).filter((origin) => origin !== '');
}

/** Answers here are data: no browser is to guess at their type, frame them or tell others where they came from. */
export function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
}

/**
 * Lets pages of the allowed origins call: who calls is told by a token that a page must have, never by a cookie.
 * @returns true where the request was a preflight and is answered
 */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: AllowedOrigins = ['*'],
): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  response.setHeader('vary', 'Origin');
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!isAllowed(origin, allowed)) {
    // Without the headers the browser keeps the page from reading the answer; other clients do not care.
    if (isPreflight) response.writeHead(204).end();
    return isPreflight;
  }
  response.setHeader('access-control-allow-origin', origin);
  // The web SDK sends its requests with credentials.
  response.setHeader('access-control-allow-credentials', 'true');
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

/**
 * Whether a request may be believed to be its user's by a cookie, which a browser adds whoever's page calls: of our own pages, and of those
 * that are named. "*" names nobody.
 */
export function mayHaveCookies({ headers }: IncomingMessage, allowed: AllowedOrigins = ['*']): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  const named = allowed.filter((pattern) => pattern !== '*');
  return isAllowed(origin, named) || (URL.canParse(origin) && new URL(origin).host === host);
}

function isAllowed(origin: string, allowed: AllowedOrigins): boolean {
  return allowed.some((pattern) => {
    if (pattern === '*' || pattern === origin) return true;
    // "https://*.example.com": any host below it, not the host itself.
    const [scheme, suffix] = pattern.split('://*');
    return (
      suffix?.startsWith('.') === true &&
      origin.startsWith(`${scheme}://`) &&
      origin.endsWith(suffix) &&
      /^[a-z0-9.-]+$/i.test(origin.slice(scheme!.length + 3, -suffix.length))
    );
  });
}
