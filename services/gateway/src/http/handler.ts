import type { IncomingMessage, RequestListener } from 'node:http';
import { type StatusError, toStatusError } from '@telestack/errors';
import { type HttpService, send, sendError } from '@telestack/http';
import { ANONYMOUS, type CallContext } from '@telestack/rpc';
import { allowOrigin } from './cors.ts';

export interface HandlerOptions {
  /** Called with who calls. */
  readonly services: readonly HttpService[];
  /** Called as anyone: they ask for no credential, or find it elsewhere than in a request's headers. */
  readonly publicServices: readonly HttpService[];
  /** Who calls. @throws StatusError */
  readonly contextOf: (request: IncomingMessage, signal: AbortSignal) => CallContext | Promise<CallContext>;
  readonly onError: (error: StatusError, path: string) => void;
}

/** Plain HTTP: finds who calls and passes the request to the service whose path it is. */
export function httpHandler(options: HandlerOptions): RequestListener {
  const { services, publicServices, contextOf, onError } = options;
  return async (request, response) => {
    if (allowOrigin(request, response)) return;
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const service = services.find((each) => each.owns(path));
      if (service) return await service.handle(request, response, await contextOf(request, abort.signal));
      const open = publicServices.find((each) => each.owns(path));
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
