import { get as httpGet } from 'node:http';
import { connect } from 'node:net';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Code, unimplemented } from '@telestack/errors';
import { httpService } from '@telestack/http';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import { ClearDatabaseRequest } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { ADMIN, ANONYMOUS, type CallContext, type Channel } from '@telestack/rpc';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type GatewayOptions,
  type Profile,
  parseOrigins,
  type RunningGateway,
  startGateway,
} from '../src/index.ts';

interface Call {
  readonly path: string;
  readonly request: Uint8Array;
  readonly context: CallContext;
}

let gateway: RunningGateway | undefined;
let client: Client | undefined;
afterEach(async () => {
  client?.close();
  await gateway?.close();
});

/** A gateway before a docstore that remembers its calls and answers with the request's bytes. */
async function start(
  profile: Profile,
  more: Partial<GatewayOptions> = {},
): Promise<{ address: string; calls: Call[] }> {
  const calls: Call[] = [];
  const docstore: Channel = {
    async unary(path, request, context) {
      calls.push({ path, request, context });
      return path.endsWith('ClearDatabase') ? Empty.encode({}).finish() : request;
    },
    serverStream: () => Promise.reject(unimplemented('not here')),
    bidi: () => Promise.reject(unimplemented('not here')),
    close() {},
  };
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    profile,
    docstore,
    realtime: docstore,
    log: () => {},
    ...more,
  });
  return { address: `127.0.0.1:${gateway.port}`, calls };
}

function call(address: string, method: string, authorization?: string): Promise<Buffer> {
  client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return new Promise((resolve, reject) => {
    client!.makeUnaryRequest(
      `/google.firestore.v1.Firestore/${method}`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.from('request'),
      metadata,
      (error: ServiceError | null, response) => (error ? reject(error) : resolve(response!)),
    );
  });
}

describe('gRPC', () => {
  test('passes the bytes of a call on, with who calls', async () => {
    const { address, calls } = await start('dev');
    expect((await call(address, 'GetDocument', 'Bearer owner')).toString()).toBe('request');
    expect(calls[0]!.path).toBe('/telestack.docstore.v1.Docstore/GetDocument');
    expect(Buffer.from(calls[0]!.request).toString()).toBe('request');
    expect(calls[0]!.context.principal).toEqual(ADMIN);
  });

  test('takes the user of an unsigned token at its word in the dev profile', async () => {
    const { address, calls } = await start('dev');
    const token = (claims: object) =>
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
    await call(address, 'GetDocument', token({ sub: 'alice', admin: true }));
    await call(address, 'GetDocument');
    expect(calls.map(({ context }) => context.principal)).toEqual([
      { kind: 'user', uid: 'alice', claims: { sub: 'alice', admin: true } },
      ANONYMOUS,
    ]);
    await expect(call(address, 'GetDocument', 'Bearer a.b.c')).rejects.toMatchObject({
      code: Code.UNAUTHENTICATED,
    });
  });

  test.each([undefined, 'Bearer owner', 'Bearer a.b.c', 'Basic eDp5'])(
    'refuses %s in production',
    async (authorization) => {
      const { address, calls } = await start('production');
      const { code } = (await call(address, 'GetDocument', authorization).catch(
        (error) => error,
      )) as ServiceError;
      expect([Code.UNAUTHENTICATED, Code.PERMISSION_DENIED]).toContain(code);
      expect(calls).toEqual([]);
    },
  );

  test('answers UNIMPLEMENTED for a method that it does not serve', async () => {
    const { address } = await start('dev');
    await expect(call(address, 'ExecutePipeline', 'Bearer owner')).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
    });
  });
});

describe('limits', () => {
  test('a client that calls too often is told when to try again', async () => {
    const { address } = await start('dev', { rateLimits: { perAddress: 1 } });
    const outcomes: (Buffer | ServiceError)[] = [];
    // However slow this machine is: calls at the same time are faster than the limit.
    for (let i = 0; i < 20 && !(outcomes.at(-1) instanceof Error); i++) {
      const make = () => call(address, 'GetDocument', 'Bearer owner').catch((error: ServiceError) => error);
      outcomes.push(...(await Promise.all([make(), make(), make(), make()])));
    }
    const refused = outcomes.at(-1) as ServiceError;
    expect(outcomes[0]).toBeInstanceOf(Buffer);
    expect(refused.code).toBe(Code.RESOURCE_EXHAUSTED);
    const [details] = refused.metadata.get('grpc-status-details-bin');
    expect(details?.toString()).toContain('type.googleapis.com/google.rpc.RetryInfo');
    const response = await fetch(`http://${address}/v1/projects/demo/databases/(default)/documents/a/b`);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({
      error: { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: expect.any(String) }] },
    });
  });

  test('a user’s calls count for him, from wherever', async () => {
    const { address } = await start('dev', { rateLimits: { perUser: 1 } });
    const token = (sub: string) =>
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.`;
    await call(address, 'GetDocument', token('alice'));
    await call(address, 'GetDocument', token('alice'));
    await expect(call(address, 'GetDocument', token('alice'))).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
    await call(address, 'GetDocument', token('bob'));
  });
});

describe('browsers', () => {
  test('only pages of the allowed origins may read answers', async () => {
    const allowedOrigins = parseOrigins('https://app.example.com, https://*.example.org');
    const { address } = await start('dev', { allowedOrigins });
    const allowed = async (origin: string) =>
      (await fetch(`http://${address}/`, { headers: { origin } })).headers.get('access-control-allow-origin');
    for (const origin of ['https://app.example.com', 'https://a.example.org', 'https://a.b.example.org'])
      expect(await allowed(origin)).toBe(origin);
    for (const origin of [
      'https://example.org',
      'http://app.example.com',
      'https://evil.com?.example.org',
      'null',
      'https://app.example.com.evil.com',
    ])
      expect(await allowed(origin)).toBe(null);
    const { headers } = await fetch(`http://${address}/`);
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([
      'nosniff',
      'DENY',
    ]);
  });
});

describe('paths and cookies', () => {
  /** Services as they are found by their paths; each answers what it has seen. */
  async function twoServices(more: Partial<GatewayOptions> = {}) {
    const serving = (prefix: string) =>
      httpService({
        prefixes: [prefix],
        routes: [
          {
            method: 'GET',
            path: `${prefix}{rest=**}`,
            access: 'public',
            handle: ({ params, request }) => ({
              body: { prefix, ...params, cookie: request.headers.cookie },
            }),
          },
          {
            method: 'GET',
            path: '/internal/secrets',
            access: 'public',
            handle: () => ({ body: { secret: true } }),
          },
        ],
        onError: () => {},
      });
    const { address } = await start('production', {
      services: [serving('/guarded/')],
      openServices: [serving('/auth/')],
      ...more,
    });
    /** `fetch` would tidy the path up. */
    return (path: string, headers: Record<string, string> = {}) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const [host, port] = address.split(':');
        httpGet({ host, port, path, headers }, async (response) => {
          let text = '';
          for await (const chunk of response) text += String(chunk);
          resolve({ status: response.statusCode ?? 0, text });
        }).once('error', reject);
      });
  }

  test('a path is whose it is when it has been read, however it is spelt', async () => {
    const get = await twoServices();
    expect((await get('/guarded/x')).text).toContain('"rest":"x"');
    for (const path of [
      '/guarded/../internal/secrets',
      '/guarded/%2e%2e/internal/secrets',
      '/guarded/..\\internal/secrets',
      '//guarded/internal/secrets',
      'http://localhost/internal/secrets',
      '/auth/./../internal/secrets',
    ]) {
      const { status, text } = await get(path);
      expect([path, text.includes('secret":')]).toEqual([path, false]);
      expect([400, 404]).toContain(status);
    }
  });

  test('a cookie says who calls only to pages that are named, or our own', async () => {
    const cookie = 'session=1';
    const any = await twoServices();
    const seen = async (get: typeof any, headers: Record<string, string>) =>
      (await get('/auth/x', { cookie, ...headers })).text.includes(cookie);
    expect(await seen(any, {})).toBe(true);
    expect(await seen(any, { origin: 'https://evil.example' })).toBe(false);
    expect(await seen(any, { 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(await seen(any, { origin: 'http://api.example', host: 'api.example' })).toBe(true);
    await gateway!.close();
    const named = await twoServices({ allowedOrigins: parseOrigins('https://app.example') });
    expect(await seen(named, { origin: 'https://app.example' })).toBe(true);
    expect(await seen(named, { origin: 'https://evil.example' })).toBe(false);
  });
});

describe('further services', () => {
  test('get their paths, with who calls, and say themselves who may', async () => {
    const seen: unknown[] = [];
    const service = httpService({
      prefixes: [/^\/v1\/projects\/[^/]+\/apiKeys/],
      routes: [
        {
          method: 'GET',
          path: '/v1/projects/{project}/apiKeys',
          access: 'admin',
          handle: ({ context }) => {
            seen.push(context.principal);
            return { body: {} };
          },
        },
      ],
      onError: () => {},
    });
    const { address } = await start('dev', { services: [service] });
    const get = (authorization?: string) =>
      fetch(`http://${address}/v1/projects/demo/apiKeys`, {
        headers: authorization ? { authorization } : {},
      });
    expect((await get()).status).toBe(401);
    expect((await get('Bearer owner')).status).toBe(200);
    expect((await get('Basic eDp5')).status).toBe(401);
    expect(seen).toEqual([ADMIN]);
  });
});

describe('HTTP on the same port', () => {
  test('says that it is well', async () => {
    const { address } = await start('production');
    const response = await fetch(`http://${address}/`);
    expect([response.status, await response.text()]).toEqual([200, 'Ok\n']);
  });

  test('clears a database in the dev profile only', async () => {
    const path = 'emulator/v1/projects/demo/databases/(default)/documents';
    const dev = await start('dev');
    const cleared = await fetch(`http://${dev.address}/${path}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer owner' },
    });
    expect(cleared.status).toBe(200);
    expect(ClearDatabaseRequest.decode(dev.calls[0]!.request).database).toBe(
      'projects/demo/databases/(default)',
    );
    await gateway!.close();
    const production = await start('production');
    expect((await fetch(`http://${production.address}/${path}`, { method: 'DELETE' })).status).toBe(404);
    expect(production.calls).toEqual([]);
  });

  test('survives a client that sends garbage and one that leaves at once', async () => {
    const { address } = await start('dev');
    const port = Number(address.split(':')[1]);
    for (const bytes of ['PRI * HTT\0\0\0', '\x16\x03\x01\x02', '']) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(bytes, () => socket.destroy());
        });
        socket.on('close', () => resolve());
        socket.on('error', () => {});
      });
    }
    expect((await fetch(`http://${address}/`)).status).toBe(200);
  });
});
