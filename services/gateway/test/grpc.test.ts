import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { invalidArgument, resourceExhausted, unavailable } from '@telestack/errors';
import { ADMIN, type ByteMethod, type CallContext } from '@telestack/rpc';
import { describe, expect, test } from 'vitest';
import { frameOf, MessageReader } from '../src/grpc/framing.ts';
import { createGrpcServer } from '../src/grpc/server.ts';

const MAX = 1024 * 1024;
const bytes = (text: string) => Buffer.from(text);
const same = (value: Buffer) => value;

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly client: Client;
  readonly failures: string[];
  close(): Promise<void>;
}

/** A server with one method "/t.T/m", and grpc-js's client as the judge. */
async function serving(method: ByteMethod): Promise<Served> {
  const failures: string[] = [];
  const grpc = createGrpcServer(new Map([['/t.T/m', method]]), {
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

const unary = (call: (request: Uint8Array, context: CallContext) => Promise<Uint8Array>): ByteMethod => ({
  kind: 'unary',
  call,
});

function ask(
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
async function post(
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

describe('messages', () => {
  const messages = ['', 'a', 'b'.repeat(300), 'c'.repeat(70_000)].map(bytes);
  const all = Buffer.concat(messages.map(frameOf));

  test.for([1, 3, 5, 6, 7, 1000, 70_010, all.length])('are found in pieces of %d bytes', (size) => {
    const reader = new MessageReader('identity', MAX);
    const found: Buffer[] = [];
    for (let at = 0; at < all.length; at += size) found.push(...reader.push(all.subarray(at, at + size)));
    expect(found).toEqual(messages);
    expect(reader.isEmpty).toBe(true);
  });

  test('a half one is not nothing', () => {
    const reader = new MessageReader('identity', MAX);
    expect(reader.push(all.subarray(0, 8))).toEqual([bytes('')]);
    expect(reader.isEmpty).toBe(false);
  });
});

describe('unary calls', () => {
  test('are answered', async () => {
    await using served = await serving(unary(async (request) => bytes(`got ${request}`)));
    await expect(ask(served, bytes('x'))).resolves.toEqual(bytes('got x'));
    await expect(ask(served, bytes(''))).resolves.toEqual(bytes('got '));
    const large = Buffer.alloc(MAX, 1);
    expect(await ask(served, large)).toHaveLength(MAX + 4);
  });

  test.for(['plain', 'per cent % and ünïcödé ☃', 'lines\nand\ttabs'])(
    'an error keeps its code and its message: %j',
    async (message) => {
      await using served = await serving(unary(() => Promise.reject(invalidArgument(message))));
      await expect(ask(served, bytes(''))).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: message,
      });
      expect(served.failures).toEqual([message]);
    },
  );

  test('what nobody foresaw tells nothing of the inside', async () => {
    await using served = await serving(unary(() => Promise.reject(new Error('secret'))));
    await expect(ask(served, bytes(''))).rejects.toMatchObject({
      code: status.INTERNAL,
      details: 'Internal error.',
    });
  });

  test('a delay before the next attempt travels with the error', async () => {
    await using served = await serving(
      unary(() => Promise.reject(resourceExhausted('slow down', { retryAfterMs: 1500 }))),
    );
    const error: ServiceError = await ask(served, bytes('')).catch((thrown) => thrown);
    expect(String(error.metadata.get('grpc-status-details-bin')[0])).toContain('google.rpc.RetryInfo');
  });

  test('unknown methods', async () => {
    await using served = await serving(unary(async () => bytes('')));
    await expect(ask(served, bytes(''), { path: '/t.T/n' })).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });

  test('a message that is too large', async () => {
    await using served = await serving(unary(async () => bytes('')));
    await expect(ask(served, Buffer.alloc(MAX + 1))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    await expect(ask(served, bytes('next'))).resolves.toEqual(bytes(''));
  });

  test('a deadline ends the call and tells its handler', async () => {
    const aborted = Promise.withResolvers<unknown>();
    await using served = await serving(
      unary((_request, { signal }) => {
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        return new Promise(() => {});
      }),
    );
    await expect(ask(served, bytes(''), { deadline: 50 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    await aborted.promise;
  });

  test('a deadline holds without the client’s help', async () => {
    await using served = await serving(unary(() => new Promise(() => {})));
    const { headers } = await post(served, { 'grpc-timeout': '20m' }, frameOf(bytes('')));
    expect(headers['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
  });

  test.for([
    ['gzip', gzipSync(bytes('hello'))],
    ['deflate', deflateSync(bytes('hello'))],
  ] as const)('compressed with %s', async ([encoding, body]) => {
    await using served = await serving(unary(async (request) => request));
    const frame = frameOf(body);
    frame[0] = 1;
    const answer = await post(served, { 'grpc-encoding': encoding }, frame);
    expect(answer.body).toEqual(frameOf(bytes('hello')));
    expect(answer.trailers['grpc-status']).toBe('0');
  });

  test.for([
    [
      'more than the limit once decompressed',
      'gzip',
      gzipSync(Buffer.alloc(MAX + 1)),
      status.RESOURCE_EXHAUSTED,
    ],
    ['not what it says it is', 'gzip', bytes('no gzip'), status.INTERNAL],
    ['compressed in an unknown way', 'br', bytes('x'), status.UNIMPLEMENTED],
  ] as const)('%s', async ([, encoding, body, code]) => {
    await using served = await serving(unary(async (request) => request));
    const frame = frameOf(body);
    frame[0] = 1;
    const answer = await post(served, { 'grpc-encoding': encoding }, frame);
    expect(answer.headers['grpc-status']).toBe(String(code));
  });

  test.for([
    ['no message', []],
    ['half a message', [frameOf(bytes('abcdef')).subarray(0, 7)]],
    ['two messages', [frameOf(bytes('a')), frameOf(bytes('b'))]],
  ] as const)('%s', async ([, chunks]) => {
    await using served = await serving(unary(async () => bytes('')));
    const { headers } = await post(served, {}, ...chunks);
    expect(headers['grpc-status']).toBe(String(status.UNIMPLEMENTED));
  });

  test.for([
    [{ 'grpc-timeout': 'soon' }, 'grpc-status', String(status.INTERNAL)],
    [{ 'content-type': 'text/plain' }, ':status', 415],
  ] as const)('headers that are none: %j', async ([headers, name, value]) => {
    await using served = await serving(unary(async () => bytes('')));
    const answer = await post(served, headers, frameOf(bytes('')));
    expect(answer.headers[name]).toBe(value);
  });
});

describe('streams of answers', () => {
  test('arrive in order, with the error that ends them', async () => {
    await using served = await serving({
      kind: 'serverStream',
      async call(_request, _context, out) {
        for (const text of ['a', 'b', 'c']) out.send(bytes(text));
        throw invalidArgument('enough');
      },
    });
    const call = served.client.makeServerStreamRequest('/t.T/m', same, same, bytes(''));
    const found: string[] = [];
    call.on('data', (message: Buffer) => found.push(String(message)));
    const [error] = await once(call, 'error');
    expect(found).toEqual(['a', 'b', 'c']);
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'enough' });
  });

  test('a slow reader holds the writer up', async () => {
    const sent = Promise.withResolvers<boolean>();
    const drained = Promise.withResolvers<number>();
    await using served = await serving({
      kind: 'serverStream',
      async call(_request, _context, out) {
        let isFree = true;
        for (let i = 0; isFree && i < 1000; i++) isFree = out.send(Buffer.alloc(64 * 1024));
        sent.resolve(isFree);
        await out.drained();
        drained.resolve(out.bufferedBytes);
      },
    });
    const call = served.client.makeServerStreamRequest('/t.T/m', same, same, bytes(''));
    call.pause();
    expect(await sent.promise).toBe(false);
    call.resume();
    expect(await drained.promise).toBeLessThan(64 * 1024);
    await once(call, 'end');
  });

  test('a client that goes away ends the wait of its handler', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    await using served = await serving({
      kind: 'serverStream',
      async call(_request, { signal }, out) {
        while (out.send(Buffer.alloc(64 * 1024)));
        begun.resolve();
        await out.drained().catch(() => ended.resolve(signal.reason));
      },
    });
    const call = served.client.makeServerStreamRequest('/t.T/m', same, same, bytes(''));
    call.on('error', () => {});
    call.pause();
    await begun.promise;
    call.cancel();
    expect(await ended.promise).toMatchObject({ message: 'The call was cancelled.' });
  });
});

describe('streams both ways', () => {
  const echo: ByteMethod = {
    kind: 'bidi',
    async call(requests, _context, out) {
      for await (const request of requests) {
        if (!out.send(request)) await out.drained();
      }
    },
  };

  test('messages come back one by one, and the end ends them', async () => {
    await using served = await serving(echo);
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    const answers = call[Symbol.asyncIterator]();
    for (const text of ['a', 'b', 'c']) {
      call.write(bytes(text));
      expect(String((await answers.next()).value)).toBe(text);
    }
    call.end();
    expect((await answers.next()).done).toBe(true);
  });

  test('many messages at once lose none', async () => {
    await using served = await serving(echo);
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    for (let i = 0; i < 2_000; i++) call.write(bytes(String(i)));
    call.end();
    let next = 0;
    for await (const message of call) expect(String(message)).toBe(String(next++));
    expect(next).toBe(2_000);
  });

  test('an error reaches a client that is still sending', async () => {
    await using served = await serving({
      kind: 'bidi',
      async call(requests) {
        for await (const _ of requests) throw invalidArgument('not that');
      },
    });
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    call.write(bytes('a'));
    call.resume();
    const [error] = await once(call, 'error');
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('an error reaches a client that was not reading, behind all that was sent before it', async () => {
    const ended = Promise.withResolvers<void>();
    const messages = 40;
    await using served = await serving({
      kind: 'bidi',
      async call(_requests, _context, out) {
        for (let i = 0; i < messages; i++) out.send(Buffer.alloc(64 * 1024, i));
        setImmediate(ended.resolve);
        throw unavailable('too slow');
      },
    });
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    call.pause();
    call.write(bytes('a'));
    await ended.promise;
    let found = 0;
    call.on('data', () => {
      found++;
    });
    call.resume();
    const [error] = await once(call, 'error');
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'too slow' });
    expect(found).toBe(messages);
  });

  test('an error after answers reaches a client that is still sending', async () => {
    await using served = await serving({
      kind: 'bidi',
      async call(requests, _context, out) {
        for await (const request of requests) {
          if (String(request) === 'bad') throw invalidArgument('not that');
          out.send(request);
        }
      },
    });
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    call.write(bytes('good'));
    const [answer] = await once(call, 'data');
    expect(String(answer)).toBe('good');
    call.write(bytes('bad'));
    const [error] = await once(call, 'error');
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'not that' });
  });

  test('a client that never ends its side does not keep the stream', async () => {
    await using served = await serving({ kind: 'bidi', call: async () => {} });
    const session = connectHttp2(`http://127.0.0.1:${served.port}`);
    try {
      const stream = session.request(
        { ':method': 'POST', ':path': '/t.T/m', 'content-type': 'application/grpc' },
        { endStream: false },
      );
      stream.resume();
      await once(stream, 'close');
      expect(stream.rstCode).toBe(0);
    } finally {
      session.close();
    }
  });

  test('closing the server lets running calls end', async () => {
    await using served = await serving(echo);
    const call = served.client.makeBidiStreamRequest('/t.T/m', same, same);
    const answers = call[Symbol.asyncIterator]();
    call.write(bytes('a'));
    await answers.next();
    const closed = served.close();
    call.write(bytes('b'));
    expect(String((await answers.next()).value)).toBe('b');
    call.end();
    expect((await answers.next()).done).toBe(true);
    await closed;
  });
});
