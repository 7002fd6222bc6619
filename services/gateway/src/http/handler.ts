import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { invalidArgument, type StatusError, toStatusError } from '@telestack/errors';
import { type HttpService, send, sendError } from '@telestack/http';
import { ANONYMOUS, type CallContext } from '@telestack/rpc';
import { type AllowedOrigins, allowOrigin, mayHaveCookies, setSecurityHeaders } from './headers.ts';

export interface HandlerOptions {
  /** Called with who calls, anyone included: their routes say who may. */
  readonly guardedServices: readonly HttpService[];
  /** Called with who calls. */
  readonly services: readonly HttpService[];
  /** Called as anyone: they ask for no credential, or find it elsewhere than in a request's headers. */
  readonly publicServices: readonly HttpService[];
  /** Who calls. @throws StatusError */
  readonly identityOf: (request: IncomingMessage, signal: AbortSignal) => CallContext | Promise<CallContext>;
  /** The same, without those who bring no credential where one is needed. @throws StatusError */
  readonly contextOf: (request: IncomingMessage, signal: AbortSignal) => CallContext | Promise<CallContext>;
  /** Refuses who calls too often. @throws StatusError */
  readonly admit: (request: IncomingMessage) => void;
  readonly allowedOrigins: AllowedOrigins | undefined;
  readonly onError: (error: StatusError, path: string) => void;
}

/** Plain HTTP: finds who calls and passes the request to the service whose path it is. */
export function httpHandler(options: HandlerOptions): RequestListener {
  const { guardedServices, services, publicServices, identityOf, contextOf, onError } = options;
  return async (request, response) => {
    setSecurityHeaders(response);
    if (allowOrigin(request, response, options.allowedOrigins)) return;
    request.url = urlOfHost(request);
    const path = pathOf(request.url);
    if (path === undefined) return refuse(request, response);
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const guarded = guardedServices.find((each) => each.owns(path));
      if (guarded) return await guarded.handle(request, response, await identityOf(request, abort.signal));
      const service = services.find((each) => each.owns(path));
      if (service) return await service.handle(request, response, await contextOf(request, abort.signal));
      const open = publicServices.find((each) => each.owns(path));
      options.admit(request);
      if (!mayHaveCookies(request, options.allowedOrigins)) delete request.headers.cookie;
      if (open) await open.handle(request, response, { principal: ANONYMOUS, signal: abort.signal });
      else send(response, { status: 404, body: 'Not Found' });
    } catch (thrown) {
      const error = toStatusError(thrown);
      onError(error, path);
      sendError(response, error);
    } finally {
      // What was not read of a refused request must not keep its connection from the next one.
      request.resume();
    }
  };
}

/**
 * The path as services read it: whose it is must not be judged by another spelling ("/v0/b/../../internal"). Undefined for one that
 * cannot be read.
 */
function pathOf(url = '/'): string | undefined {
  // Not another host's, as "//host/path" and a proxy's "http://host/path" would be.
  if (!url.startsWith('/') || url.startsWith('//')) return undefined;
  return URL.canParse(url, BASE) ? new URL(url, BASE).pathname : undefined;
}

/** Hosts whose APIs are served below their names, as the emulator serves them. */
const API_HOST = /^(identitytoolkit|securetoken|oauth2|www)\.googleapis\.com$/;

/** A request that was meant for Google, by a client whose connections lead here (docs/identity.md). */
function urlOfHost({ url = '/', headers: { host = '' } }: IncomingMessage): string {
  const name = host.replace(/:\d+$/, '');
  return API_HOST.test(name) ? `/${name}${url}` : url;
}

/** Base for `URL`, which does not take a path alone. */
const BASE = 'http://localhost';

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  sendError(response, invalidArgument('The path cannot be read.'));
}
