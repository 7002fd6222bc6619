import { type HttpCall, type Reply, type Route, readBody } from '@telestack/http';
import type { VerificationKeys } from '@telestack/tokens';
import {
  CollectingResponse,
  errorHandler,
  middleware,
  PreParsedRequest,
} from 'supertokens-node/framework/custom';
import Session from 'supertokens-node/recipe/session';
import type { SessionTokens } from '../provider/session-tokens.ts';
import { API_BASE_PATH, core, type SuperTokensOptions } from './client.ts';

/** SuperTokens' own API for apps that use its front-end SDK: sign-up, sign-in, OAuth, session refresh, sign-out. */
export function frontEndRoutes(): Route[] {
  return (['GET', 'POST', 'PUT', 'DELETE'] as const).map((method) => ({
    method,
    path: `${API_BASE_PATH}/{path=**}`,
    // It decides by its own session tokens.
    access: 'public',
    handle,
  }));
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const;

async function handle({ request, url, response: http }: HttpCall): Promise<Reply> {
  const body = await readBody(request);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const parsed = new PreParsedRequest({
    url: url.pathname + url.search,
    method: METHODS[request.method as keyof typeof METHODS] ?? 'get',
    headers,
    cookies: cookiesOf(request.headers.cookie),
    query: Object.fromEntries(url.searchParams),
    getJSONBody: async () => (body.length === 0 ? {} : JSON.parse(body.toString())),
    getFormBody: async () => Object.fromEntries(new URLSearchParams(body.toString())),
  });
  const answer = new CollectingResponse();
  const { handled, error } = await middleware()(parsed, answer);
  if (error !== undefined) {
    await errorHandler()(error, parsed, answer, (unhandled?: unknown) => {
      if (unhandled !== undefined) throw unhandled;
    });
  } else if (!handled) {
    return { status: 404, body: { error: { code: 404, message: 'Not Found' } } };
  }
  http.setHeader(
    'set-cookie',
    answer.cookies.map((cookie) => cookieText(cookie)),
  );
  return { status: answer.statusCode, headers: Object.fromEntries(answer.headers), body: answer.body ?? '' };
}

/** What verifies the core's session tokens in other processes, without asking it. */
export function sessionTokens({ project, apiDomain }: SuperTokensOptions): SessionTokens {
  const issuer = `${apiDomain.replace(/\/$/, '')}${API_BASE_PATH}`;
  return {
    async verificationKeys() {
      const { keys } = await core(() => Session.getJWKS());
      type Keys = NonNullable<VerificationKeys['sessions']>['keys'];
      return { issuer, project, keys: { keys } as unknown as Keys };
    },
  };
}

type Cookie = CollectingResponse['cookies'][number];

function cookieText({ key, value, domain, secure, httpOnly, expires, path, sameSite }: Cookie): string {
  return [
    `${key}=${encodeURIComponent(value)}`,
    `Path=${path}`,
    `Expires=${new Date(expires).toUTCString()}`,
    `SameSite=${sameSite}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
  ].join('; ');
}

function cookiesOf(header: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const part of (header ?? '').split(';')) {
    const [name, ...rest] = part.trim().split('=');
    if (!name || rest.length === 0) continue;
    try {
      cookies[name] = decodeURIComponent(rest.join('='));
    } catch {
      cookies[name] = rest.join('=');
    }
  }
  return cookies;
}
