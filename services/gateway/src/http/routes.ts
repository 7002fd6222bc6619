import type { IncomingMessage, ServerResponse } from 'node:http';
import { Code, type StatusError, toStatusError } from '@telestack/errors';
import { ClearDatabaseRequest } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import type { CallContext, Channel } from '@telestack/rpc';
import { authenticate, type Profile } from '../authenticate.ts';

export interface RoutesOptions {
  readonly docstore: Channel;
  readonly profile: Profile;
  readonly onError: (error: StatusError, path: string) => void;
}

const CLEAR = /^\/emulator\/v1\/projects\/([^/]+)\/databases\/([^/]+)\/documents$/;

/** Plain HTTP: health, and the emulator's own conventions in the dev profile. */
export function routes(options: RoutesOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    route(options, request, pathname).then(
      ({ status, body, type }) => {
        response.writeHead(status, { 'content-type': type });
        response.end(body);
      },
      (thrown) => {
        const error = toStatusError(thrown);
        options.onError(error, pathname);
        response.writeHead(httpStatus(error.code), { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            error: { code: httpStatus(error.code), message: error.message, status: statusName(error.code) },
          }),
        );
      },
    );
  };
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function route(options: RoutesOptions, request: IncomingMessage, path: string): Promise<Reply> {
  if (request.method === 'GET' && path === '/') return { status: 200, type: 'text/plain', body: 'Ok\n' };
  const clear = options.profile === 'dev' && request.method === 'DELETE' ? CLEAR.exec(path) : null;
  if (clear) {
    const principal = authenticate(request.headers.authorization, options.profile);
    const database = `projects/${decodeURIComponent(clear[1]!)}/databases/${decodeURIComponent(clear[2]!)}`;
    const context: CallContext = { principal, signal: AbortSignal.timeout(60_000) };
    const body = ClearDatabaseRequest.encode({ database }).finish();
    await options.docstore.unary('/telestack.docstore.v1.Docstore/ClearDatabase', body, context);
    return { status: 200, type: 'application/json', body: '{}' };
  }
  return { status: 404, type: 'text/plain', body: 'Not Found' };
}

/** The HTTP status of a gRPC code: google/rpc/code.proto. */
export function httpStatus(code: Code): number {
  switch (code) {
    case Code.OK:
      return 200;
    case Code.INVALID_ARGUMENT:
    case Code.FAILED_PRECONDITION:
    case Code.OUT_OF_RANGE:
      return 400;
    case Code.UNAUTHENTICATED:
      return 401;
    case Code.PERMISSION_DENIED:
      return 403;
    case Code.NOT_FOUND:
      return 404;
    case Code.ABORTED:
    case Code.ALREADY_EXISTS:
      return 409;
    case Code.RESOURCE_EXHAUSTED:
      return 429;
    case Code.CANCELLED:
      return 499;
    case Code.UNIMPLEMENTED:
      return 501;
    case Code.UNAVAILABLE:
      return 503;
    case Code.DEADLINE_EXCEEDED:
      return 504;
    default:
      return 500;
  }
}

export function statusName(code: Code): string {
  return Object.entries(Code).find(([, value]) => value === code)?.[0] ?? 'UNKNOWN';
}
