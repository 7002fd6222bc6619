import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { invalidArgument, unavailable } from '@telestack/errors';
import type { ByteMethod } from '@telestack/rpc';
import { describe, expect, test } from 'vitest';
import { bytes, same, serving } from './support/served.ts';

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
