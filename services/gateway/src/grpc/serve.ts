import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { internal, type StatusError, toStatusError, unimplemented } from '@telestack/errors';
import { type ByteMethod, type ByteService, type CallContext, MessageQueue } from '@telestack/rpc';
import { Call } from './call.ts';
import { MessageReader } from './framing.ts';
import { Turns } from './turns.ts';

/** Requests of a stream that may wait for their handler before the stream is paused. */
const REQUEST_QUEUE = 64;

export interface GrpcOptions {
  /** Larger ones end their call with RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Who calls; throws a StatusError to refuse it. `remoteAddress` is the connection's. */
  contextOf(
    headers: IncomingHttpHeaders,
    remoteAddress: string | undefined,
    signal: AbortSignal,
  ): Promise<CallContext>;
  /** Requests that are not gRPC. */
  readonly other: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** Told of every failed call; its place to log a cause that the client does not see. */
  onError(error: StatusError, path: string): void;
}

/**
 * Serves byte-level methods on HTTP/2 streams, as "gRPC over HTTP/2" describes the protocol: docs/decisions/0017-public-grpc.md says why
 * the public port has a server of its own.
 */
export function grpcHandler(
  service: ByteService,
  options: GrpcOptions,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  const reads = new Turns();
  return (stream, headers) => {
    if (!headers['content-type']?.startsWith('application/grpc')) return options.other(stream, headers);
    const path = headers[':path'] ?? '';
    const method = service.get(path);
    const call = new Call(stream, headers);
    const fail = (thrown: unknown) => {
      const error = toStatusError(thrown);
      options.onError(error, path);
      call.fail(error);
    };
    if (method === undefined) {
      stream.resume();
      return fail(unimplemented(`The server does not implement the method ${path}`));
    }
    const reader = new MessageReader(
      (headers['grpc-encoding'] as string | undefined) ?? 'identity',
      options.maxMessageBytes,
    );
    const context = () => options.contextOf(headers, stream.session?.socket.remoteAddress, call.signal);
    try {
      call.watchDeadline();
      if (method.kind === 'bidi') serveBidi(stream, reader, call, method, context, fail);
      else {
        // Commits are unary: they gather into groups, so they begin at once.
        const turns = method.kind === 'unary' ? undefined : reads;
        serveOne(stream, reader, call, method, context, fail, turns);
      }
    } catch (thrown) {
      fail(thrown);
    }
  };
}

type One = Exclude<ByteMethod, { kind: 'bidi' }>;
type Bidi = Extract<ByteMethod, { kind: 'bidi' }>;

/** Methods with one request: they begin when it is there and the caller has said that no other follows. */
function serveOne(
  stream: ServerHttp2Stream,
  reader: MessageReader,
  call: Call,
  method: One,
  context: () => Promise<CallContext>,
  fail: (thrown: unknown) => void,
  turns: Turns | undefined,
): void {
  let request: Buffer | undefined;
  const answer = async () => {
    try {
      if (request === undefined || !reader.isEmpty)
        throw unimplemented('Request message is missing or incomplete');
      const caller = await context();
      if (method.kind === 'unary') return call.end(await method.call(request, caller));
      await method.call(request, caller, call);
      call.end();
    } catch (thrown) {
      fail(thrown);
    }
  };
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const message of reader.push(chunk)) {
        if (request !== undefined) throw unimplemented('Request has more than one message');
        request = message;
      }
    } catch (thrown) {
      stream.removeAllListeners('data').removeAllListeners('end').resume();
      fail(thrown);
    }
  });
  stream.on('end', () => (turns ? turns.begin(answer) : answer()));
}

function serveBidi(
  stream: ServerHttp2Stream,
  reader: MessageReader,
  call: Call,
  method: Bidi,
  context: () => Promise<CallContext>,
  fail: (thrown: unknown) => void,
): void {
  const requests = new MessageQueue<Uint8Array>(REQUEST_QUEUE, () => stream.resume());
  call.signal.addEventListener('abort', () => requests.end(call.signal.reason));
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const message of reader.push(chunk)) if (!requests.push(message)) stream.pause();
    } catch (thrown) {
      // Nothing can be told apart any more.
      stream.removeAllListeners('data').resume();
      requests.end(thrown);
    }
  });
  stream.on('end', () =>
    requests.end(reader.isEmpty ? undefined : internal('The stream ended in the middle of a message.')),
  );
  void (async () => {
    try {
      await method.call(requests, await context(), call);
      call.end();
    } catch (thrown) {
      fail(thrown);
    }
  })();
}
