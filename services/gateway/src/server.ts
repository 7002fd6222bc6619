import type { IncomingHttpHeaders } from 'node:http';
import { Server as GrpcServer } from '@grpc/grpc-js';
import { Code, type StatusError } from '@telestack/errors';
import { addToGrpcServer, type CallContext, type Channel, traceparentOf } from '@telestack/rpc';
import { authenticate, type Profile } from './authenticate.ts';
import { firestoreService, MAX_REQUEST_BYTES } from './forward.ts';
import { firestoreHttp } from './http/firestore.ts';
import { httpHandler } from './http/handler.ts';
import { listenOnPort } from './http/port.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly profile: Profile;
  readonly docstore: Channel;
  readonly realtime: Channel;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningGateway {
  readonly port: number;
  close(): Promise<void>;
}

/** What is read of a request, to be refused with a reason: forward.ts. */
const MAX_RECEIVED_BYTES = 3 * MAX_REQUEST_BYTES;
const CLOSE_GRACE_MS = 3_000;

/** The public entry. It holds no state: it authenticates a request and passes its bytes on. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { profile, docstore, realtime } = options;
  const onError = (error: StatusError, path: string) => {
    if (error.code === Code.INTERNAL || error.code === Code.UNKNOWN)
      options.log(`${path} failed.`, error.cause ?? error);
  };
  const grpc = new GrpcServer({
    'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
    'grpc.max_send_message_length': -1,
    // Clients behind load balancers ping to keep their connection; that must not count as an attack.
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_concurrent_streams': 10_000,
  });
  const firestore = firestoreService(docstore, realtime);
  addToGrpcServer(grpc, firestore, {
    contextOf: (metadata, signal) => {
      const [authorization] = metadata.get('authorization');
      const principal = authenticate(authorization?.toString(), profile);
      return { principal, signal, traceparent: traceparentOf(metadata) };
    },
    onError,
  });
  const contextOf = (headers: IncomingHttpHeaders, signal: AbortSignal): CallContext => {
    const { authorization, traceparent } = headers;
    const principal = authenticate(authorization, profile);
    return { principal, signal, ...(typeof traceparent === 'string' ? { traceparent } : {}) };
  };
  const { services, publicServices, close } = firestoreHttp({
    firestore,
    docstore,
    profile,
    contextOf,
    onError,
  });
  const handler = httpHandler({
    services,
    publicServices,
    contextOf: ({ headers }, signal) => contextOf(headers, signal),
    onError,
  });
  const port = await listenOnPort(options, grpc, handler);
  return {
    port: port.port,
    close: async () => {
      const closed = port.close(CLOSE_GRACE_MS);
      close();
      await closed;
    },
  };
}
