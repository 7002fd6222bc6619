import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { ByteService } from '@telestack/rpc';
import { type GrpcOptions, grpcHandler } from './serve.ts';

/** Calls of one connection at the same time. */
const MAX_CONCURRENT_STREAMS = 10_000;
/** Bytes that a client may send ahead, on a stream and on its connection: a commit of many documents needs no pause. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Megabytes a connection may hold. What waits for slow readers is bounded where it is made. */
const SESSION_MEGABYTES = 1024;
const KEEP_ALIVE_MS = 60_000;

export interface GrpcServer {
  /** Serves a connection that speaks HTTP/2. */
  accept(socket: Socket): void;
  /** Tells clients to go elsewhere; resolves when the last call has ended. */
  close(): Promise<void>;
}

export function createGrpcServer(service: ByteService, options: GrpcOptions): GrpcServer {
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer({
    maxSessionMemory: SESSION_MEGABYTES,
    maxSendHeaderBlockLength: 64 * 1024,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, initialWindowSize: STREAM_WINDOW },
  });
  let onEmpty = () => {};
  server.on('session', (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on('error', () => session.destroy());
    sessions.add(session);
    session.on('close', () => {
      sessions.delete(session);
      if (sessions.size === 0) onEmpty();
    });
  });
  server.on('stream', grpcHandler(service, options));
  return {
    accept(socket) {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      server.emit('connection', socket);
    },
    close: () =>
      new Promise((resolve) => {
        if (sessions.size === 0) return resolve();
        onEmpty = resolve;
        for (const session of sessions) session.close();
      }),
  };
}
