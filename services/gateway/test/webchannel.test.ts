import { permissionDenied, unauthenticated } from '@telestack/errors';
import { startHttpServer } from '@telestack/http';
import { firestoreDescriptors } from '@telestack/protos/descriptors.ts';
import { ListenRequest, ListenResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { ANONYMOUS, type ByteMethod, type CallContext, type Outlet } from '@telestack/rpc';
import { afterEach, describe, expect, test } from 'vitest';
import { webChannelService } from '../src/webchannel/service.ts';
import { type Entry, form, Peer } from './support/web-channel-peer.ts';

const registry = firestoreDescriptors();
const service = registry.getService('google.firestore.v1.Firestore')!;

type Handler = (
  requests: AsyncIterable<ListenRequest>,
  context: CallContext,
  out: Outlet<Uint8Array>,
) => Promise<void>;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server whose Listen is `handler`. */
async function start(handler: Handler, limits = {}, contextOf = open): Promise<Peer> {
  const method: ByteMethod = {
    kind: 'bidi',
    call: (requests, context, out) => handler(decoded(requests), context, out),
  };
  const methods = new Map([['/google.firestore.v1.Firestore/Listen', method]]);
  const channels = webChannelService({ service, methods, limits, contextOf, onError: () => {} });
  const { port, close } = await startHttpServer({ host: '127.0.0.1', port: 0 }, channels);
  cleanups.push(
    () => close(0),
    () => channels.close(),
  );
  return new Peer(port);
}

const open = (
  _headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): CallContext | Promise<CallContext> => ({
  principal: ANONYMOUS,
  signal,
});

async function* decoded(requests: AsyncIterable<Uint8Array>): AsyncIterable<ListenRequest> {
  for await (const request of requests) yield ListenRequest.decode(request);
}

const response = (id: number): Uint8Array =>
  ListenResponse.encode(
    ListenResponse.fromPartial({ responseType: { $case: 'filter', filter: { targetId: id } } }),
  ).finish();

/** Answers each request with its target's id. */
const echo: Handler = async (requests, _context, out) => {
  for await (const { targetChange } of requests) {
    if (targetChange?.$case === 'removeTarget') out.send(response(targetChange.removeTarget));
  }
};

/** The target ids among messages. */
const targetsOf = (entries: Entry[]): unknown[] =>
  entries.map(([, [message]]) => (message as { filter?: { targetId: number } }).filter?.targetId);

describe('a session', () => {
  test('opens with its name, and answers what came with the first request', async () => {
    const peer = await start(echo);
    const { text, headers } = await peer.open(7);
    expect(text).toMatch(/^\d+\n\[\[0,\["c","[\w-]{24}","",8,\d+,30000\]\]\]$/);
    expect(headers['x-http-session-id']).toBeTruthy();
    expect(targetsOf(await peer.pollFor(1))).toEqual([7]);
  });

  test('takes a message once, however often it is sent', async () => {
    const peer = await start(echo);
    await peer.open(1);
    await peer.send(1, [2]);
    await peer.send(1, [2]);
    await peer.send(0, [1, 2, 3]);
    expect(targetsOf(await peer.pollFor(3))).toEqual([1, 2, 3]);
    await peer.send(9, [4]);
    const [error] = await peer.pollFor(1, 3);
    expect(error![1][0]).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
  });

  test('keeps what the client has not acknowledged', async () => {
    const peer = await start(echo);
    await peer.open(1, 2, 3);
    const [first, second] = await peer.pollFor(3);
    const again = await peer.pollFor(2, first![0]);
    expect(targetsOf(again)).toEqual([2, 3]);
    expect(again[0]![0]).toBe(second![0]);
    const [hasBackChannel, last, size] = await peer.send(3, [], again[1]![0]);
    expect([hasBackChannel, last, size]).toEqual([0, again[1]![0], 0]);
  });

  test('streams, and counts lengths in UTF-16 units', async () => {
    const peer = await start(async (requests, _context, out) => {
      for await (const _ of requests) {
        const documentDelete = { document: 'é😀' };
        out.send(
          ListenResponse.encode(
            ListenResponse.fromPartial({ responseType: { $case: 'documentDelete', documentDelete } }),
          ).finish(),
        );
      }
    });
    await peer.open();
    const stream = peer.stream(0);
    expect(await stream.chunks(1)).toBe('14\n[[1,["noop"]]]');
    await peer.send(0, [1]);
    const json = '[[2,[{"documentDelete":{"document":"é😀"}}]]]';
    expect(await stream.chunks(2)).toBe(`14\n[[1,["noop"]]]${json.length}\n${json}`);
    expect((await peer.send(1, [], 1))[0]).toBe(1);
  });

  test('a second response takes the place of the first', async () => {
    const peer = await start(echo);
    await peer.open();
    const first = peer.stream(0);
    await first.chunks(1);
    const second = peer.stream(0);
    await first.ended;
    await peer.send(0, [5]);
    expect(await second.chunks(2)).toContain('"targetId":5');
  });

  test('a response that hangs too long ends with a message that says nothing', async () => {
    const peer = await start(echo);
    await peer.open();
    expect(await peer.poll(0, '&TO=20')).toEqual([[1, ['noop']]]);
  });

  test('tells why its stream ended, and then that it is over', async () => {
    const peer = await start(() => Promise.reject(permissionDenied('No.')));
    await peer.open(1);
    expect((await peer.pollFor(2)).map(([, payload]) => payload)).toEqual([
      [{ error: { code: 403, message: 'No.', status: 'PERMISSION_DENIED' } }],
      ['close'],
    ]);
  });

  test('a message that is none ends the stream with INVALID_ARGUMENT', async () => {
    const peer = await start(echo);
    await peer.open();
    await peer.get(`RID=rpc&SID=${peer.sid}&AID=0&CI=1&TO=1`);
    await expect(peer.post(0, ['x' as never])).resolves.toMatchObject({ status: 200 });
    const [entry] = await peer.pollFor(1);
    expect(entry![1][0]).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
  });

  test('who calls is told by the headers in the first request’s body', async () => {
    const seen: string[] = [];
    const peer = await start(echo, {}, async (headers) => {
      seen.push(headers.authorization ?? '');
      throw unauthenticated('Who?');
    });
    await peer.open(1);
    expect(seen).toEqual(['Bearer x']);
    const [entry] = await peer.pollFor(1);
    expect(entry![1][0]).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
  });
});

describe('limits', () => {
  test('a stream waits for a client that does not read, and goes on when it does', async () => {
    let sent = 0;
    const peer = await start(async (_requests, _context, out) => {
      const big = ListenResponse.encode(
        ListenResponse.fromPartial({
          responseType: { $case: 'documentDelete', documentDelete: { document: 'x'.repeat(100_000) } },
        }),
      ).finish();
      for (; sent < 50; sent++) if (!out.send(big)) await out.drained();
    });
    await peer.open();
    const [, last, size] = await peer.send(0, []);
    expect(last).toBe(sent + 1);
    expect(sent).toBeLessThan(15);
    expect(size).toBeLessThan(1_300_000);
    expect(await peer.pollFor(51)).toHaveLength(51);
    expect(sent).toBe(50);
  });

  test('sessions together have a limit as well', async () => {
    const sizes = [0, 0];
    let started = 0;
    const peer = await start(
      async (_requests, _context, out) => {
        const mine = started++;
        for (; ; sizes[mine]!++) if (!out.send(response(1))) await out.drained();
      },
      { maxUnits: 1_000 },
    );
    await peer.open();
    await peer.open();
    expect(sizes[0]).toBeGreaterThan(10);
    expect(sizes[1]).toBeLessThanOrEqual(1);
  });

  test('an opening may be less than what comes when its caller is known', async () => {
    const peer = await start(echo);
    const large = `&padding=${'x'.repeat(5 * 1024 * 1024)}`;
    const refused = await peer.request('POST', 'RID=1&CVER=22', form(0, [1]) + large);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('4194304 bytes');
    await peer.open();
    await peer.request('POST', `RID=2&SID=${peer.sid}&AID=0`, form(0, [1]) + large);
    expect(targetsOf(await peer.pollFor(1))).toEqual([1]);
  });

  test('nor may more come where the caller is refused', async () => {
    const peer = await start(echo, {}, async () => {
      throw unauthenticated('No.');
    });
    await peer.open();
    await peer.pollFor(1);
    // Refused by its announced size: the answer comes although the body never does.
    const { status } = await peer.announce(`RID=2&SID=${peer.sid}&AID=0`, 5 * 1024 * 1024);
    expect(status).toBe(200);
  });

  test('no more sessions than allowed', async () => {
    const peer = await start(echo, { maxSessions: 1 });
    await peer.open();
    expect((await peer.get(`RID=1&SID=${peer.sid}&TYPE=terminate`)).status).toBe(200);
    await peer.open();
    await expect(peer.open()).rejects.toThrow();
  });

  test('an end of the client ends the stream and the session', async () => {
    const ended = Promise.withResolvers<void>();
    const peer = await start(async (_requests, { signal }) => {
      signal.addEventListener('abort', () => ended.resolve());
      await ended.promise;
    });
    await peer.open();
    await peer.get(`RID=9&SID=${peer.sid}&TYPE=terminate`);
    await ended.promise;
    const { status, text } = await peer.post(0, []);
    // The client looks for these words after the text's first character.
    expect([status, text.indexOf('Unknown SID') > 0]).toEqual([400, true]);
  });

  test('a session whose client has gone ends by itself', async () => {
    const ended = Promise.withResolvers<void>();
    const peer = await start(
      async (_requests, { signal }) => {
        signal.addEventListener('abort', () => ended.resolve());
        await ended.promise;
      },
      { idleMs: 30 },
    );
    await peer.open();
    const stream = peer.stream(0);
    await stream.chunks(1);
    stream.close();
    await ended.promise;
    expect((await peer.post(0, [])).status).toBe(400);
  });
});
