import type { IncomingMessage, RequestListener } from 'node:http';
import { type StatusError, toStatusError } from '@telestack/errors';
import { type HttpService, send, sendError } from '@telestack/http';
import { ANONYMOUS, type CallContext } from '@telestack/rpc';
import { type AllowedOrigins, allowOrigin, setSecurityHeaders } from './headers.ts';

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
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const guarded = guardedServices.find((each) => each.owns(path));
      if (guarded) return await guarded.handle(request, response, await identityOf(request, abort.signal));
      const service = services.find((each) => each.owns(path));
      if (service) return await service.handle(request, response, await contextOf(request, abort.signal));
      const open = publicServices.find((each) => each.owns(path));
      options.admit(request);
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
