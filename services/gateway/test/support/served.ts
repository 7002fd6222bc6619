import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ADMIN, type ByteMethod, type CallContext } from '@telestack/rpc';
import { createGrpcServer } from '../../src/grpc/server.ts';

export const MAX = 1024 * 1024;
export const bytes = (text: string) => Buffer.from(text);
export const same = (value: Buffer) => value;

export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly client: Client;
  readonly failures: string[];
  close(): Promise<void>;
}

/** A server with one method "/t.T/m", and grpc-js's client as the judge. */
export async function serving(method: ByteMethod): Promise<Served> {
  const failures: string[] = [];
  const grpc = createGrpcServer(new Map([['/t.T/m', method]]), {
    other: (stream) => stream.respond({ ':status': 415 }, { endStream: true }),
    maxMessageBytes: MAX,
    contextOf: async (_headers, _address, signal) => ({ principal: ADMIN, signal }),
    onError: (error) => failures.push(error.message),
  });
  const server = createServer((socket) => grpc.accept(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    port,
    client,
    failures,
    close: async () => {
      server.close();
      await grpc.close();
    },
    async [Symbol.asyncDispose]() {
      client.close();
      server.close();
      await grpc.close();
    },
  };
}

export const unary = (
  call: (request: Uint8Array, context: CallContext) => Promise<Uint8Array>,
): ByteMethod => ({
  kind: 'unary',
  call,
});

export function ask(
  { client }: Served,
  request: Buffer,
  options: { deadline?: number; path?: string } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      options.path ?? '/t.T/m',
      same,
      same,
      request,
      new Metadata(),
      options.deadline === undefined ? {} : { deadline: Date.now() + options.deadline },
      (error, response) => (error ? reject(error) : resolve(response!)),
    );
  });
}

/** A call with the protocol's own means: for what grpc-js's client cannot send. */
export async function post(
  { port }: Served,
  headers: Record<string, string>,
  ...chunks: Buffer[]
): Promise<{ headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders; body: Buffer }> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/t.T/m',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let first: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (it) => {
      first = it;
    });
    stream.on('trailers', (it) => {
      trailers = it;
    });
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    const body: Buffer[] = [];
    for await (const chunk of stream) body.push(chunk as Buffer);
    return { headers: first, trailers, body: Buffer.concat(body) };
  } finally {
    session.close();
  }
}
