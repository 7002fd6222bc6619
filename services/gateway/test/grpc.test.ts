import { once } from 'node:events';
import { deflateSync, gzipSync } from 'node:zlib';
import { type ServiceError, status } from '@grpc/grpc-js';
import { invalidArgument, resourceExhausted } from '@telestack/errors';
import { describe, expect, test } from 'vitest';
import { frameOf, MessageReader } from '../src/grpc/framing.ts';
import { ask, bytes, MAX, post, same, serving, unary } from './support/served.ts';

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
