import { Code, unauthenticated } from '@telestack/errors';
import { ADMIN, type ByteMethod, type Channel, type Principal } from '@telestack/rpc';
import { expect, test } from 'vitest';
import { firestoreService, MAX_REQUEST_BYTES } from '../src/forward.ts';

const context = { principal: ADMIN, signal: new AbortController().signal };

/** A channel to a service that answers every request with itself. */
const echo: Channel = {
  unary: async (_path, request) => request,
  serverStream: async (_path, request, _context, out) => {
    out.send(request);
  },
  bidi: async (_path, requests, _context, out) => {
    for await (const request of requests) out.send(request);
  },
  close() {},
};

async function call(method: ByteMethod, request: Uint8Array): Promise<number> {
  if (method.kind === 'unary') return (await method.call(request, context)).length;
  let received = 0;
  const out = {
    send: (message: Uint8Array) => {
      received += message.length;
      return true;
    },
    drained: async () => {},
    bufferedBytes: 0,
  };
  if (method.kind === 'serverStream') await method.call(request, context, out);
  else
    await method.call(
      (async function* () {
        yield request;
      })(),
      context,
      out,
    );
  return received;
}

test('a stream’s requests are made by who its credential says it is by then', async () => {
  const user = (claims: object): Principal => ({ kind: 'user', uid: 'ann', claims: { ...claims } });
  const cases = [
    { by: async () => user({ a: 1 }), listens: 3, writes: 3 },
    // Other claims: the bridge hears of them itself; who writes begins another stream.
    { by: async () => user({ a: 2 }), listens: 3, writes: 1 },
    { by: () => Promise.reject(unauthenticated('over')), listens: 1, writes: 1 },
  ];
  for (const { by, listens, writes } of cases) {
    for (const [name, expected] of [
      ['Listen', listens],
      ['Write', writes],
    ] as const) {
      const method = firestoreService(echo, echo).get(`/google.firestore.v1.Firestore/${name}`)!;
      if (method.kind !== 'bidi') throw new Error(`${name} is no stream`);
      const received: Uint8Array[] = [];
      const out = {
        send: (message: Uint8Array) => received.push(message) > 0,
        drained: async () => {},
        bufferedBytes: 0,
      };
      const requests = (async function* () {
        for (let i = 0; i < 3; i++) yield new Uint8Array([i]);
      })();
      const ended = await method
        .call(requests, { ...context, principal: user({ a: 1 }), recheck: by }, out)
        .then(
          () => Code.OK,
          (error) => error.code,
        );
      expect([name, received.length, ended]).toEqual([
        name,
        expected,
        expected === 3 ? Code.OK : Code.UNAUTHENTICATED,
      ]);
    }
  }
});

test.each(['Commit', 'RunQuery', 'Write'])('%s takes requests up to the limit', async (name) => {
  const method = firestoreService(echo, echo).get(`/google.firestore.v1.Firestore/${name}`)!;
  expect(await call(method, new Uint8Array(MAX_REQUEST_BYTES))).toBe(MAX_REQUEST_BYTES);
  await expect(call(method, new Uint8Array(MAX_REQUEST_BYTES + 1))).rejects.toMatchObject({
    code: Code.INVALID_ARGUMENT,
    message: 'Request payload size exceeds the limit: 11534336 bytes.',
  });
});
