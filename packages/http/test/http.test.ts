import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invalidArgument } from '@telestack/errors';
import { ADMIN, type Principal } from '@telestack/rpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type HttpService,
  httpProxy,
  httpService,
  type Route,
  Router,
  readJson,
  startHttpServer,
} from '../src/index.ts';

const USER: Principal = { kind: 'user', uid: 'ümlaut', claims: { role: 'x' } };

const routes: Route[] = [
  {
    method: 'GET',
    path: '/v1/projects/{project}/documents/{path=**}:run',
    access: 'caller',
    handle: ({ params }) => ({ body: params }),
  },
  { method: 'GET', path: '/v1/{name}', access: 'caller', handle: () => ({ body: 'variable' }) },
  { method: 'GET', path: '/v1/literal', access: 'public', handle: () => ({ body: 'literal' }) },
  {
    method: 'POST',
    path: '/v1/echo',
    access: 'caller',
    handle: async ({ request, context }) => ({
      status: 201,
      headers: { 'x-extra': 'yes' },
      body: {
        principal: context.principal,
        traceparent: context.traceparent,
        sent: await readJson(request, 100),
      },
    }),
  },
  {
    method: 'GET',
    path: '/v1/fail',
    access: 'public',
    handle() {
      throw invalidArgument('Bad.');
    },
  },
  {
    method: 'GET',
    path: '/v1/crash',
    access: 'public',
    handle() {
      throw new TypeError('secret inside');
    },
  },
  {
    method: 'PUT',
    path: '/v1/bytes',
    access: 'public',
    async handle({ request, response }) {
      response.writeHead(200);
      for await (const chunk of request) response.write(chunk);
      response.end();
      return undefined;
    },
  },
];

/** The service itself, as the gateway calls it, or through another process's port. */
async function start(way: 'direct' | 'proxied', principal: Principal = ADMIN): Promise<string> {
  const own = httpService({ prefixes: ['/v1/'], routes, onError: () => {} });
  let service: HttpService = own;
  if (way === 'proxied') {
    const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, own);
    const proxy = httpProxy(['/v1/'], `127.0.0.1:${server.port}`);
    onTestFinished(async () => {
      proxy.close();
      await server.close(100);
    });
    service = proxy;
  }
  const front = createServer((request, response) => {
    void service.handle(request, response, {
      principal,
      signal: AbortSignal.timeout(5_000),
      traceparent: '00-a',
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    front.closeAllConnections();
    front.close();
  });
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}

describe.each(['direct', 'proxied'] as const)('a service, %s', (way) => {
  it('gives a route its variables, decoded', async () => {
    const base = await start(way);
    const answer = await fetch(`${base}/v1/projects/p%2F1/documents/a/b%20c:run`);
    expect(await answer.json()).toEqual({ project: 'p/1', path: 'a/b c' });
  });

  it('prefers a path without variables', async () => {
    const base = await start(way);
    expect(await (await fetch(`${base}/v1/literal`)).text()).toBe('literal');
    expect(await (await fetch(`${base}/v1/other`)).text()).toBe('variable');
  });

  it('hears who calls and what is sent', async () => {
    const base = await start(way, USER);
    const answer = await fetch(`${base}/v1/echo`, { method: 'POST', body: '{"a":"ä"}' });
    expect([answer.status, answer.headers.get('x-extra')]).toEqual([201, 'yes']);
    expect(await answer.json()).toEqual({ principal: USER, traceparent: '00-a', sent: { a: 'ä' } });
  });

  it('does not believe a client that names a principal itself', async () => {
    const base = await start(way, { kind: 'anonymous' });
    const forged = Buffer.from('{"kind":"admin"}').toString('base64url');
    const headers = { 'x-telestack-principal': forged };
    const answer = await fetch(`${base}/v1/echo`, { method: 'POST', headers });
    expect(await answer.json()).toMatchObject({ principal: { kind: 'anonymous' } });
  });

  it("answers errors in Google's shape, and tells nothing of the inside", async () => {
    const base = await start(way);
    const bad = await fetch(`${base}/v1/fail`);
    expect(bad.status).toBe(400);
    expect(await bad.json()).toEqual({ error: { code: 400, message: 'Bad.', status: 'INVALID_ARGUMENT' } });
    const crash = await fetch(`${base}/v1/crash`);
    expect([crash.status, await crash.text()]).toEqual([500, expect.not.stringContaining('secret')]);
  });

  it.each([
    ['GET', '/v1/a/b', 404],
    ['DELETE', '/v1/echo', 405],
    ['GET', '/v1/projects/%E0%A4/documents/a:run', 400],
  ])('%s %s is %d', async (method, path, status) => {
    const base = await start(way);
    expect((await fetch(`${base}${path}`, { method })).status).toBe(status);
  });

  it.each([
    ['no JSON', '{', 400],
    ['too large a body', `"${'x'.repeat(200)}"`, 429],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
  ])('refuses %s', async (_name, body, status) => {
    const base = await start(way);
    expect((await fetch(`${base}/v1/echo`, { method: 'POST', body })).status).toBe(status);
  });

  it('passes bodies on as they come', async () => {
    const base = await start(way);
    const { hostname, port } = new URL(base);
    const sent = sendRequest({ hostname, port, path: '/v1/bytes', method: 'PUT' });
    const received: string[] = [];
    await new Promise<void>((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', (answer) => {
        answer.once('end', resolve);
        answer.on('data', (chunk: Buffer) => {
          received.push(chunk.toString());
          // The second half goes out only when the first has come back: nothing waits for a whole body.
          if (received.length === 1) sent.end('second');
        });
      });
      sent.write('first');
    });
    expect(received.join('')).toBe('firstsecond');
  });
});

describe('a service that is not there', () => {
  async function front(): Promise<number> {
    const proxy = httpProxy(['/'], '127.0.0.1:1');
    const server = createServer((request, response) => {
      void proxy.handle(request, response, { principal: ADMIN, signal: AbortSignal.timeout(5_000) });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      proxy.close();
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  it('is UNAVAILABLE', async () => {
    const answer = await fetch(`http://127.0.0.1:${await front()}/x`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { error: { code: 503, message: 'The service cannot be reached.', status: 'UNAVAILABLE' } },
    ]);
  });

  it('to whoever sends it a large body as well, which is read to its end', async () => {
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const sent = sendRequest({ port: await front(), method: 'POST', agent });
    const answered = once(sent, 'response');
    sent.end(Buffer.alloc(8_000_000));
    const [answer] = (await answered) as [IncomingMessage];
    expect(answer.statusCode).toBe(503);
    if (!sent.writableFinished) await once(sent, 'finish');
  });
});

it('an answer may take longer than the service keeps idle connections', async () => {
  // Says "Keep-Alive: timeout=2", of which clients leave a second unused.
  const service = createServer({ keepAliveTimeout: 2_000 }, (request, response) => {
    request.resume();
    setTimeout(() => response.end('done'), request.url === '/slow' ? 1_500 : 0);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const proxy = httpProxy(['/'], `127.0.0.1:${(service.address() as AddressInfo).port}`);
  const front = createServer((request, response) => {
    void proxy.handle(request, response, { principal: ADMIN, signal: AbortSignal.timeout(5_000) });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    for (const server of [front, service]) {
      server.closeAllConnections();
      server.close();
    }
  });
  const base = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  await (await fetch(`${base}/fast`)).text();
  const slow = await fetch(`${base}/slow`, { method: 'POST', body: 'x' });
  expect([slow.status, await slow.text()]).toEqual([200, 'done']);
});

describe('patterns of google/api/http.proto', () => {
  const route = (path: string, fits?: Route['fits']): Route => ({
    method: 'GET',
    path,
    access: 'public',
    handle: () => ({ body: path }),
    ...(fits ? { fits } : {}),
  });
  const found = (routes: Route[], path: string) => {
    const match = new Router(routes).match('GET', path);
    return match && [match.route.path, match.params];
  };

  it('variables of several segments', () => {
    const name = route('/v1/{doc.name=projects/*/docs/*/**}');
    expect(found([name], '/v1/projects/p/docs/a%20b')).toEqual([
      name.path,
      { 'doc.name': 'projects/p/docs/a b' },
    ]);
    expect(found([name], '/v1/projects/p/docs/a/b/c')?.[1]).toEqual({ 'doc.name': 'projects/p/docs/a/b/c' });
    expect(found([name], '/v1/projects/p/q/docs/a')).toBeUndefined();
    const list = route('/v1/{parent=docs/**}/{id}');
    expect(found([list], '/v1/docs/c')?.[1]).toEqual({ parent: 'docs', id: 'c' });
    expect(found([list], '/v1/docs/a/b/c')?.[1]).toEqual({ parent: 'docs/a/b', id: 'c' });
  });

  it('a route that does not fit is passed over', () => {
    const even = route('/{name=**}', ({ name }) => name!.split('/').length % 2 === 0);
    const rest = route('/{all=**}');
    expect(found([even, rest], '/a/b')?.[0]).toBe(even.path);
    expect(found([even, rest], '/a')?.[0]).toBe(rest.path);
    expect(new Router([even]).methodsOf('/a')).toEqual([]);
  });
});
