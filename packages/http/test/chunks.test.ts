import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freeChunk, passOn } from '../src/index.ts';

function chunk(size: number, fill: number): Buffer {
  return Buffer.from(new ArrayBuffer(size)).fill(fill);
}

/** A server on loopback; resolves to its port. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a chunk that owns its memory is freed, one that shares it is not', () => {
  const own = chunk(1_000, 1);
  freeChunk(own);
  expect(own.length).toBe(0);
  const whole = chunk(1_000, 1);
  freeChunk(whole.subarray(10));
  expect(whole.every((byte) => byte === 1)).toBe(true);
});

test('bytes come out as they went in, however slowly they are taken, and leave no memory behind', async () => {
  const chunks = Array.from({ length: 100 }, (_, n) => chunk(10_000 + n, n));
  const sent = Buffer.concat(chunks);
  const taken: Buffer[] = [];
  const slow = new Writable({
    highWaterMark: 30_000,
    write(bytes: Buffer, _encoding, done) {
      setImmediate(() => {
        taken.push(Buffer.from(bytes));
        done();
      });
    },
  });
  await passOn(Readable.from(chunks), slow);
  expect(Buffer.concat(taken).equals(sent)).toBe(true);
  expect(chunks.every(({ length }) => length === 0)).toBe(true);
});

test('between sockets', async () => {
  const port = await serve((incoming, response) => {
    response.writeHead(200, { 'content-length': incoming.headers['content-length'] });
    void passOn(incoming, response);
  });
  const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => (n * 7919) >>> 5));
  const call = request({ port, method: 'POST', headers: { 'content-length': content.length } });
  call.end(content);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  expect((await buffer(answer)).equals(content)).toBe(true);
});

test('rejects when the source breaks off, and leaves the other stream to the caller', async () => {
  const from = new PassThrough();
  const to = new PassThrough();
  const passed = passOn(from, to);
  from.write('a');
  from.destroy();
  await expect(passed).rejects.toThrow('closed');
  expect(to.destroyed).toBe(false);
});

test('rejects when nobody takes the bytes any more, and leaves the source to the caller', async () => {
  const from = new PassThrough();
  const to = new PassThrough();
  const passed = passOn(from, to);
  from.write('a');
  to.destroy(new Error('gone'));
  await expect(passed).rejects.toThrow('gone');
  expect(from.destroyed).toBe(false);
});
