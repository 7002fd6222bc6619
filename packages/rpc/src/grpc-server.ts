import {
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { cancelled, type StatusError, toStatusError } from '@telestack/errors';
import type { ByteMethod, ByteService } from './channel.ts';
import type { CallContext } from './context.ts';
import type { Outlet } from './contract.ts';
import { MessageQueue } from './queue.ts';
import { retryDetails, STATUS_DETAILS } from './retry-info.ts';

/** Requests of a stream that may wait for their handler before the socket is paused. */
const REQUEST_QUEUE = 64;

export interface GrpcServiceOptions {
  /** Makes the context of a call out of its metadata and its caller's "address:port"; throws a StatusError to refuse it. */
  contextOf(metadata: Metadata, signal: AbortSignal, peer: string): CallContext | Promise<CallContext>;
  /** Told of every failed call; its place to log a cause that the client does not see. */
  onError?(error: StatusError, path: string): void;
}

const identity = (bytes: Buffer): Buffer => bytes;
const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Registers byte-level methods with a grpc-js server. */
export function addToGrpcServer(server: Server, service: ByteService, options: GrpcServiceOptions): void {
  const definition: Record<string, unknown> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [path, method] of service) {
    definition[path] = {
      path,
      requestStream: method.kind === 'bidi',
      responseStream: method.kind !== 'unary',
      requestSerialize: asBuffer,
      requestDeserialize: identity,
      responseSerialize: asBuffer,
      responseDeserialize: identity,
    };
    implementation[path] =
      method.kind === 'unary' ? serveUnary(path, method, options) : serveStream(path, method, options);
  }
  server.addService(definition as never, implementation);
}

type UnaryMethod = Extract<ByteMethod, { kind: 'unary' }>;
type StreamMethod = Exclude<ByteMethod, { kind: 'unary' }>;

function serveUnary(path: string, method: UnaryMethod, options: GrpcServiceOptions) {
  return async (call: ServerUnaryCall<Buffer, Uint8Array>, done: sendUnaryData<Uint8Array>) => {
    const abort = new AbortController();
    let isAnswered = false;
    // grpc-js says so of every call when its stream closes; an error with its stack for each would cost more than the rest of this function.
    call.on('cancelled', () => {
      if (!isAnswered) abort.abort(cancelled('The call was cancelled.'));
    });
    try {
      const context = await options.contextOf(call.metadata, abort.signal, call.getPeer());
      const response = await method.call(call.request, context);
      isAnswered = true;
      done(null, response);
    } catch (thrown) {
      isAnswered = true;
      done(grpcError(thrown, path, options));
    }
  };
}

function serveStream(path: string, method: StreamMethod, options: GrpcServiceOptions) {
  return async (call: ServerDuplexStream<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>) => {
    const abort = new AbortController();
    let isAnswered = false;
    call.on('cancelled', () => {
      if (!isAnswered) abort.abort(cancelled('The call was cancelled.'));
    });
    // A broken connection surfaces here; the signal has told the handler already.
    call.on('error', () => abort.abort(cancelled('The call was cancelled.')));
    try {
      // Listen before the first await: messages can arrive while the caller is being authenticated.
      const requests =
        method.kind === 'bidi' ? requestQueue(call as ServerDuplexStream<Buffer, Uint8Array>) : undefined;
      abort.signal.addEventListener('abort', () => requests?.end(abort.signal.reason));
      const context = await options.contextOf(call.metadata, abort.signal, call.getPeer());
      const out = callOutlet(call, abort.signal);
      if (method.kind === 'bidi') await method.call(requests!, context, out);
      else await method.call((call as ServerWritableStream<Buffer, Uint8Array>).request, context, out);
      isAnswered = true;
      call.end();
    } catch (thrown) {
      if (!call.cancelled) call.emit('error', grpcError(thrown, path, options));
    }
  };
}

function requestQueue(call: ServerDuplexStream<Buffer, Uint8Array>): MessageQueue<Uint8Array> {
  const queue = new MessageQueue<Uint8Array>(REQUEST_QUEUE, () => call.resume());
  call.on('data', (message: Buffer) => {
    if (!queue.push(message)) call.pause();
  });
  call.on('end', () => queue.end());
  return queue;
}

function callOutlet(
  call: ServerDuplexStream<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>,
  signal: AbortSignal,
): Outlet<Uint8Array> {
  let bufferedBytes = 0;
  return {
    send(message) {
      if (signal.aborted) return false;
      bufferedBytes += message.length;
      return call.write(message, () => {
        bufferedBytes -= message.length;
      });
    },
    drained: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (!call.writableNeedDrain) return resolve();
        const settle = () => {
          call.off('drain', settle);
          signal.removeEventListener('abort', settle);
          if (signal.aborted) reject(signal.reason);
          else resolve();
        };
        call.on('drain', settle);
        signal.addEventListener('abort', settle);
      }),
    get bufferedBytes() {
      return bufferedBytes;
    },
  };
}

function grpcError(thrown: unknown, path: string, options: GrpcServiceOptions) {
  const error = toStatusError(thrown);
  options.onError?.(error, path);
  const metadata = new Metadata();
  const details = retryDetails(error);
  if (details !== undefined) metadata.set(STATUS_DETAILS, details);
  return Object.assign(new Error(error.message), {
    code: error.code,
    details: error.message,
    metadata,
  });
}
