import type { IncomingHttpHeaders } from 'node:http';
import { Code, type StatusError } from '@telestack/errors';
import type { HttpService, Route } from '@telestack/http';
import type { CallContext, Channel, Principal } from '@telestack/rpc';
import type { CredentialSource } from '@telestack/tokens';
import { type Caller, createAuthenticator, type Profile, type RateLimits } from './authenticate.ts';
import { httpCaller } from './caller.ts';
import { firestoreService, MAX_REQUEST_BYTES } from './forward.ts';
import { createGrpcServer } from './grpc/server.ts';
import { firestoreHttp } from './http/firestore.ts';
import { httpHandler } from './http/handler.ts';
import type { AllowedOrigins } from './http/headers.ts';
import { overHttp2 } from './http/over-http2.ts';
import { listenOnPort } from './http/port.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly profile: Profile;
  readonly docstore: Channel;
  readonly realtime: Channel;
  /** What the identity service knows of credentials; without it, production accepts none. */
  readonly credentials?: CredentialSource;
  /** Further services behind this port, by the paths that they own. Each of their routes says who may call it. */
  readonly services?: readonly HttpService[];
  /** Services that are called as anyone, since they find who calls by themselves. */
  readonly openServices?: readonly HttpService[];
  /** Calls a second; production has defaults. */
  readonly rateLimits?: RateLimits;
  /** Calls without a credential reach the rules in production too. */
  readonly anonymousAccess?: boolean;
  /** Origins whose pages may call; all when absent. */
  readonly allowedOrigins?: AllowedOrigins;
  /** Proxies of ours before the gateway, which add to `x-forwarded-for`. */
  readonly trustedProxies?: number;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningGateway {
  readonly port: number;
  /** What HTTP clients can ask for, and who may. */
  readonly routes: readonly Route[];
  close(): Promise<void>;
}

/** What is read of a request, to be refused with a reason: forward.ts. */
const MAX_RECEIVED_BYTES = 3 * MAX_REQUEST_BYTES;
const CLOSE_GRACE_MS = 3_000;

/** Generous for apps, and little enough that one client cannot take the service from the others. */
const PRODUCTION_LIMITS: RateLimits = { perUser: 500, perKey: 2_000, perAddress: 2_000 };

/** The public entry. It holds no state: it authenticates a request and passes its bytes on. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { profile, docstore, realtime, trustedProxies = 0 } = options;
  const onError = (error: StatusError, path: string) => {
    if (error.code === Code.INTERNAL || error.code === Code.UNKNOWN)
      options.log(`${path} failed.`, error.cause ?? error);
  };
  const authenticator = createAuthenticator({
    profile,
    credentials: options.credentials,
    limits: limitsOf(profile, options.rateLimits),
    anonymousAccess: options.anonymousAccess ?? false,
    log: options.log,
  });
  const firestore = firestoreService(docstore, realtime);
  const contextOf = async (
    find: (caller: Caller) => Promise<Principal>,
    headers: IncomingHttpHeaders,
    remoteAddress: string | undefined,
    signal: AbortSignal,
  ): Promise<CallContext> => {
    const caller = httpCaller(headers, remoteAddress, trustedProxies);
    const principal = await find(caller);
    const recheck = () => authenticator.recheck(caller, signal);
    const { traceparent } = headers;
    return { principal, signal, recheck, ...(typeof traceparent === 'string' ? { traceparent } : {}) };
  };
  const { services, publicServices, close } = firestoreHttp({
    firestore,
    docstore,
    profile,
    contextOf: (headers, signal) => contextOf(authenticator.authenticate, headers, undefined, signal),
    onError,
  });
  const served = {
    guardedServices: options.services ?? [],
    services,
    publicServices: [...(options.openServices ?? []), ...publicServices],
  };
  const handler = httpHandler({
    ...served,
    identityOf: ({ headers, socket }, signal) =>
      contextOf(authenticator.identify, headers, socket.remoteAddress, signal),
    contextOf: ({ headers, socket }, signal) =>
      contextOf(authenticator.authenticate, headers, socket.remoteAddress, signal),
    admit: ({ headers, socket }) =>
      authenticator.admit(httpCaller(headers, socket.remoteAddress, trustedProxies)),
    allowedOrigins: options.allowedOrigins,
    onError,
  });
  const grpc = createGrpcServer(firestore, {
    maxMessageBytes: MAX_RECEIVED_BYTES,
    contextOf: (headers, remoteAddress, signal) =>
      contextOf(authenticator.authenticate, headers, remoteAddress, signal),
    other: overHttp2(handler),
    onError,
  });
  const port = await listenOnPort(options, grpc, handler);
  return {
    port: port.port,
    routes: Object.values(served).flatMap((list) => list.flatMap(({ routes }) => routes)),
    close: async () => {
      const closed = port.close(CLOSE_GRACE_MS);
      close();
      await closed;
      await authenticator.close();
    },
  };
}

/** What is set, and in production the defaults for the rest. */
function limitsOf(profile: Profile, given: RateLimits = {}): RateLimits {
  if (profile === 'dev') return given;
  return {
    perUser: given.perUser ?? PRODUCTION_LIMITS.perUser,
    perKey: given.perKey ?? PRODUCTION_LIMITS.perKey,
    perAddress: given.perAddress ?? PRODUCTION_LIMITS.perAddress,
  };
}
