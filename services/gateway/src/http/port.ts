import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { GrpcServer } from '../grpc/server.ts';

/** What every HTTP/2 client sends first (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0');
/** A connection that has not said what it is by then is closed. */
const FIRST_BYTES_MS = 10_000;
/** Longer than load balancers keep an idle connection: whoever closes first must not be the one that is about to be sent a request. */
const KEEP_ALIVE_MS = 75_000;

export interface Port {
  readonly port: number;
  /** Stops accepting, lets running requests end for `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>;
}

/** Serves gRPC (HTTP/2) and HTTP/1.1 on one port, as the emulator does: the first bytes of a connection tell which it is. */
export async function listenOnPort(
  address: { host: string; port: number },
  grpc: GrpcServer,
  handler: RequestListener,
): Promise<Port> {
  const busy = new Set<Socket>();
  const http = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    busy.add(request.socket);
    response.once('close', () => {
      busy.delete(request.socket);
      if (!server.listening) request.socket.end();
    });
    handler(request, response);
  });
  const sockets = new Set<Socket>();
  const httpSockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Whoever takes the socket over handles errors of its own; until then there is nothing to do about them.
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    firstBytes(socket, (isHttp2) => {
      if (isHttp2) grpc.accept(socket);
      else {
        httpSockets.add(socket);
        socket.on('close', () => httpSockets.delete(socket));
        http.emit('connection', socket);
      }
    });
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => {
      // A kept-alive connection without a request would hold the end up.
      const idle = [...httpSockets].filter((socket) => !busy.has(socket));
      return close(server, grpc, { all: sockets, idle }, graceMs);
    },
  };
}

function firstBytes(socket: Socket, onKnown: (isHttp2: boolean) => void): void {
  const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
  let seen = Buffer.alloc(0);
  const onClose = () => clearTimeout(timer);
  const onReadable = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, PREFACE.length);
    const maybeHttp2 = seen.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (maybeHttp2 && length < PREFACE.length) return;
    clearTimeout(timer);
    socket.off('close', onClose);
    socket.off('readable', onReadable);
    socket.unshift(seen);
    onKnown(maybeHttp2);
  };
  socket.on('close', onClose);
  socket.on('readable', onReadable);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(
  server: Server,
  grpc: GrpcServer,
  sockets: { all: Set<Socket>; idle: readonly Socket[] },
  graceMs: number,
): Promise<void> {
  server.close();
  for (const socket of sockets.idle) socket.destroy();
  const drained = Promise.all([
    grpc.close(),
    new Promise<void>((resolve) => server.once('close', () => resolve())),
  ]);
  const timer = setTimeout(() => {
    for (const socket of sockets.all) socket.destroy();
  }, graceMs);
  await drained;
  clearTimeout(timer);
}
