import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Code, unavailable } from '@telestack/errors';
import { addToGrpcServer, type ByteService, fromMetadata } from '@telestack/rpc';
import type { Log } from './log.ts';

export interface RunningGrpcServer {
  readonly port: number;
  /** Stops accepting, lets calls end for `graceMs`, then ends them. */
  close(graceMs: number): Promise<void>;
}

/** A commit of 10 MiB must pass between services with room for its envelope. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Serves contracts to other services of ours. Callers are believed in who they say they act for: never expose it to the public. */
export async function startGrpcServer(
  address: { host: string; port: number },
  services: readonly ByteService[],
  log: Log,
): Promise<RunningGrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': 100_000,
  });
  for (const service of services) {
    addToGrpcServer(server, service, {
      contextOf: fromMetadata,
      onError: (error, path) => {
        if (error.code === Code.INTERNAL || error.code === Code.UNKNOWN)
          log(`${path} failed.`, error.cause ?? error);
      },
    });
  }
  const port = await bind(server, `${address.host}:${address.port}`);
  return { port, close: (graceMs) => close(server, graceMs) };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(unavailable(`Cannot listen on ${address}.`, { cause: error }));
      else resolve(port);
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.forceShutdown(), graceMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(timer);
}
