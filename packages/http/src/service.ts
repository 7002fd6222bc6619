import type { IncomingMessage, ServerResponse } from 'node:http';
import { type StatusError, toStatusError } from '@telestack/errors';
import type { CallContext } from '@telestack/rpc';
import { checkAccess } from './access.ts';
import { send, sendError } from './reply.ts';
import type { Route } from './route.ts';
import { Router } from './router.ts';

/** The HTTP side of a service: the same contract in one process and, through `httpProxy`, between two. */
export interface HttpService {
  /** What it serves, and to whom; nothing for a service in another process. */
  readonly routes: readonly Route[];
  /** True when the path is this service's, whatever the method. */
  owns(path: string): boolean;
  /** Answers, errors included; never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, context: CallContext): Promise<void>;
}

/** Base for `URL`, which does not take a path alone. */
const BASE = 'http://localhost';

/** Paths that begin with a text or match an expression. */
export type Prefixes = readonly (string | RegExp)[];

export function hasPrefix(path: string, prefixes: Prefixes): boolean {
  return prefixes.some((prefix) =>
    typeof prefix === 'string' ? path.startsWith(prefix) : prefix.test(path),
  );
}

/** Serves routes to those who may call them. `prefixes` are what the gateway tells services apart by: paths that begin with one are this service's. */
export function httpService(options: {
  readonly prefixes: Prefixes;
  readonly routes: readonly Route[];
  readonly onError: (error: StatusError, path: string) => void;
  /** dev serves routes of the emulator's; production when absent. */
  readonly profile?: 'dev' | 'production';
}): HttpService {
  const router = new Router(options.routes);
  return {
    routes: options.routes,
    owns: (path) => hasPrefix(path, options.prefixes),
    async handle(request, response, context) {
      const url = new URL(request.url ?? '/', BASE);
      try {
        const match = router.match(request.method ?? 'GET', url.pathname);
        if (!match) {
          const methods = router.methodsOf(url.pathname);
          const status = methods.length > 0 ? 405 : 404;
          const message = status === 405 ? 'Method Not Allowed' : 'Not Found';
          const headers: Record<string, string> = status === 405 ? { allow: methods.join(', ') } : {};
          send(response, { status, headers, body: { error: { code: status, message } } });
          return;
        }
        checkAccess(match.route.access, context.principal, options.profile ?? 'production');
        const reply = await match.route.handle({ request, response, url, params: match.params, context });
        if (reply) send(response, reply);
      } catch (thrown) {
        const error = toStatusError(thrown);
        options.onError(error, url.pathname);
        sendError(response, error);
      }
    },
  };
}
