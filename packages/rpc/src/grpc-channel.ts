import {
  type ChannelCredentials,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Client as GrpcClient,
  type ServiceError,
} from '@grpc/grpc-js';
import { type Code, StatusError } from '@telestack/errors';
import type { Channel } from './channel.ts';
import type { CallContext } from './context.ts';
import type { Outlet } from './contract.ts';
import { toMetadata } from './metadata.ts';

/** A commit of 10 MiB must pass between services with room for its envelope. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const identity = (bytes: Buffer): Buffer => bytes;
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Calls a service over gRPC. `address` is "host:port" or a grpc-js target with its resolver ("dns:///..."). */
export function grpcChannel(
  address: string,
  channelCredentials: ChannelCredentials = credentials.createInsecure(),
): Channel {
  const client = new GrpcClient(address, channelCredentials, {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  return {
    unary: (path, request, context) =>
      new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(
          path,
          asBuffer,
          identity,
          request,
          toMetadata(context),
          (error, response) => {
            stop();
            if (error) reject(statusOf(error));
            else resolve(response!);
          },
        );
        const stop = cancelOnAbort(context, call);
      }),
    serverStream: (path, request, context, out) =>
      receive(
        client.makeServerStreamRequest(path, asBuffer, identity, request, toMetadata(context)),
        context,
        out,
      ),
    async bidi(path, requests, context, out) {
      const call = client.makeBidiStreamRequest(path, asBuffer, identity, toMetadata(context));
      const done = receive(call, context, out);
      send(requests, call).catch((error) => call.destroy(error instanceof Error ? error : undefined));
      await done;
    },
    close: () => client.close(),
  };
}

async function send(
  requests: AsyncIterable<Uint8Array>,
  call: ClientDuplexStream<Uint8Array, Buffer>,
): Promise<void> {
  for await (const request of requests) {
    if (call.destroyed) return;
    if (!call.write(request))
      await new Promise((resolve) => call.once('drain', resolve).once('close', resolve));
  }
  call.end();
}

function receive(
  call: ClientReadableStream<Buffer>,
  context: CallContext,
  out: Outlet<Uint8Array>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = cancelOnAbort(context, call);
    call.on('data', (message: Buffer) => {
      if (out.send(message)) return;
      call.pause();
      out.drained().then(
        () => call.resume(),
        () => call.cancel(),
      );
    });
    call.on('error', (error: ServiceError) => {
      stop();
      reject(statusOf(error));
    });
    call.on('end', () => {
      stop();
      resolve();
    });
  });
}

function cancelOnAbort(context: CallContext, call: { cancel(): void }): () => void {
  const cancel = () => call.cancel();
  if (context.signal.aborted) cancel();
  context.signal.addEventListener('abort', cancel);
  return () => context.signal.removeEventListener('abort', cancel);
}

function statusOf(error: ServiceError): StatusError {
  return new StatusError(error.code as Code, error.details, { cause: error });
}
