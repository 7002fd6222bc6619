import { createServer, Agent as HttpAgent, type IncomingMessage, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unauthenticated, unavailable } from '@telestack/errors';
import type { CallContext, Principal } from '@telestack/rpc';
import { drain } from './body.ts';
import { passOn } from './chunks.ts';
import { sendError } from './reply.ts';
import { type HttpService, hasPrefix, type Prefixes } from './service.ts';

/** Headers that only the gateway may set: it removes what a client sends under these names. */
const PRINCIPAL = 'x-telestack-principal';
/** Of one connection, in either direction (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];
const CONNECT_TIMEOUT_MS = 5_000;
/** A silent exchange is given up after so long; uploads and downloads that move are not. */
const IDLE_TIMEOUT_MS = 120_000;

/** A service in another process, at "host:port". Bodies stream through in both directions. */
export function httpProxy(
  prefixes: Prefixes,
  address: string,
  options: { /** The service reads credentials itself. */ readonly passAuthorization?: boolean } = {},
): HttpService & { close(): void } {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 256, timeout: IDLE_TIMEOUT_MS });
  const { hostname, port } = new URL(`http://${address}`);
  return {
    routes: [],
    owns: (path) => hasPrefix(path, prefixes),
    handle: (request, response, context) =>
      new Promise((resolve) => {
        response.once('close', resolve);
        const onward = sendRequest({
          host: hostname,
          port,
          agent,
          method: request.method,
          path: request.url,
          headers: headersFor(request, context, options.passAuthorization ?? false),
          timeout: IDLE_TIMEOUT_MS,
        });
        const fail = (cause: unknown) => {
          onward.destroy();
          sendError(response, unavailable('The service cannot be reached.', { cause }));
        };
        const connecting = setTimeout(() => fail(new Error('connect timeout')), CONNECT_TIMEOUT_MS);
        onward.once('socket', (socket) => {
          // A kept-alive one still has the seconds for which the service has said that it keeps idle connections.
          socket.setTimeout(IDLE_TIMEOUT_MS);
          if (socket.connecting) socket.once('connect', () => clearTimeout(connecting));
          else clearTimeout(connecting);
        });
        onward.once('close', () => clearTimeout(connecting));
        onward.once('timeout', () => fail(new Error('idle timeout')));
        onward.once('error', fail);
        onward.once('response', (answer) => {
          // How this answer is cut into chunks says nothing to its reader: HTTP/1.1 does it anew, HTTP/2 has no such header.
          const { 'transfer-encoding': _framing, ...headers } = withoutHopByHop(answer.headers);
          response.writeHead(answer.statusCode ?? 502, headers);
          passOn(answer, response).catch(() => {
            answer.destroy();
            response.destroy();
          });
        });
        response.once('close', () => onward.destroy());
        // What the client is told, the events above have decided.
        passOn(request, onward).catch(() => drain(request));
      }),
    close: () => agent.destroy(),
  };
}

/** Serves an `HttpService` to the gateway. Callers are believed in who they say they act for: never expose it to the public. */
export async function startHttpServer(
  address: { host: string; port: number },
  service: HttpService,
): Promise<{ readonly port: number; close(graceMs: number): Promise<void> }> {
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const aborted = new AbortController();
    response.once('close', () => aborted.abort());
    try {
      const principal = principalOf(request);
      const traceparent = request.headers.traceparent;
      const context = {
        principal,
        signal: aborted.signal,
        ...(typeof traceparent === 'string' ? { traceparent } : {}),
      };
      void service.handle(request, response, context);
    } catch {
      sendError(response, unauthenticated('The call carries no principal.'));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function headersFor(
  request: IncomingMessage,
  context: CallContext,
  passAuthorization: boolean,
): Record<string, string | string[]> {
  const headers = withoutHopByHop(request.headers);
  for (const name of Object.keys(headers)) if (name.startsWith('x-telestack-')) delete headers[name];
  // Behind the gateway the principal stands for the credential.
  if (!passAuthorization) delete headers.authorization;
  headers[PRINCIPAL] = Buffer.from(JSON.stringify(context.principal)).toString('base64url');
  if (context.traceparent !== undefined) headers.traceparent = context.traceparent;
  return headers;
}

/** Without HTTP/2's pseudo-headers too. */
function withoutHopByHop(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name) && !name.startsWith(':')) kept[name] = value;
  }
  return kept;
}

function principalOf(request: IncomingMessage): Principal {
  const text = request.headers[PRINCIPAL];
  if (typeof text !== 'string') throw unauthenticated('The call carries no principal.');
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Principal;
}
