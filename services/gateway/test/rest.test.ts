import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { notFound } from '@telestack/errors';
import {
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListDocumentsRequest,
  RunQueryRequest,
  RunQueryResponse,
  UpdateDocumentRequest,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { Channel, Outlet } from '@telestack/rpc';
import { Document } from '@telestack/values';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../src/index.ts';

const ROOT = 'projects/p/databases/(default)/documents';

let gateway: RunningGateway | undefined;
afterEach(async () => {
  await gateway?.close();
});

interface Call {
  readonly method: string;
  readonly request: Uint8Array;
}

/** A gateway before a docstore that answers each call with `answer`. */
async function start(
  answer: (method: string, out?: Outlet<Uint8Array>) => Uint8Array | Promise<void>,
): Promise<{ http(path: string, init?: RequestInit): Promise<Response>; calls: Call[] }> {
  const calls: Call[] = [];
  const keep = (path: string, request: Uint8Array) => {
    const method = path.split('/').at(-1)!;
    calls.push({ method, request });
    return method;
  };
  const docstore: Channel = {
    unary: async (path, request) => answer(keep(path, request)) as Uint8Array,
    serverStream: async (path, request, _context, out) => {
      await answer(keep(path, request), out);
    },
    bidi: () => Promise.reject(new Error('not here')),
    close() {},
  };
  const options = { host: '127.0.0.1', port: 0, profile: 'dev', realtime: docstore, log: () => {} } as const;
  gateway = await startGateway({ ...options, docstore });
  const base = `http://127.0.0.1:${gateway.port}`;
  const authorization = 'Bearer owner';
  return { calls, http: (path, init) => fetch(base + path, { headers: { authorization }, ...init }) };
}

const empty = () => new Uint8Array();
const one = Document.encode({
  name: `${ROOT}/c/a`,
  fields: { n: 1 },
  createTime: 1,
  updateTime: 2_000_000,
}).finish();
const oneJson = {
  name: `${ROOT}/c/a`,
  fields: { n: { integerValue: '1' } },
  createTime: '1970-01-01T00:00:00.000001Z',
  updateTime: '1970-01-01T00:00:02Z',
};

test('over HTTP/2, as a proxy sends it that was told so for the sake of gRPC', async () => {
  const { calls } = await start(() => one);
  const session = connect(`http://127.0.0.1:${gateway!.port}`);
  try {
    const post = session.request({
      ':method': 'POST',
      ':path': `/v1/${ROOT}/c`,
      authorization: 'Bearer owner',
    });
    post.end(JSON.stringify({ fields: { n: { integerValue: '1' } } }));
    const [headers] = (await once(post, 'response')) as [IncomingHttpHeaders];
    expect(headers[':status']).toBe(200);
    expect(JSON.parse(await text(post))).toEqual(oneJson);
    expect(calls.map(({ method }) => method)).toEqual(['CreateDocument']);
    const missing = session.request({ ':path': '/nowhere' });
    expect(((await once(missing, 'response')) as [IncomingHttpHeaders])[0][':status']).toBe(404);
    missing.close();
  } finally {
    session.destroy();
  }
});

describe('routes', () => {
  test('a document: by its path, with what the query says', async () => {
    const { http, calls } = await start(() => one);
    const reply = await http(
      `/v1/${ROOT}/c/a%20b?mask.fieldPaths=x&mask.field_paths=y&readTime=1970-01-01T00:00:01Z&key=k&%24prettyPrint=true`,
    );
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(await reply.json()).toEqual(oneJson);
    expect(GetDocumentRequest.decode(calls[0]!.request)).toEqual({
      name: `${ROOT}/c/a b`,
      mask: { fieldPaths: ['x', 'y'] },
      consistencySelector: { $case: 'readTime', readTime: 1_000_000 },
    });
  });

  test('an odd number of segments names a collection', async () => {
    const { http, calls } = await start(empty);
    await http(`/v1/${ROOT}/c?pageSize=3&showMissing=true`);
    await http(`/v1/${ROOT}/c/a/d`);
    await http(`/v1/${ROOT}/c/a/d?documentId=x`, { method: 'POST', body: '{}' });
    await http(`/v1/${ROOT}/c`, { method: 'POST', body: '{"fields":{"n":{"integerValue":7}}}' });
    expect(calls.map(({ method }) => method)).toEqual([
      'ListDocuments',
      'ListDocuments',
      'CreateDocument',
      'CreateDocument',
    ]);
    expect(ListDocumentsRequest.decode(calls[0]!.request)).toMatchObject({
      parent: ROOT,
      collectionId: 'c',
      pageSize: 3,
      showMissing: true,
    });
    expect(ListDocumentsRequest.decode(calls[1]!.request)).toMatchObject({
      parent: `${ROOT}/c/a`,
      collectionId: 'd',
    });
    expect(CreateDocumentRequest.decode(calls[2]!.request)).toMatchObject({ documentId: 'x' });
    expect(CreateDocumentRequest.decode(calls[3]!.request)).toMatchObject({
      parent: ROOT,
      document: { fields: { n: 7 } },
    });
    expect((await http(`/v1/${ROOT}/c`, { method: 'DELETE' })).status).toBe(405);
  });

  test('the path’s name stands before the body’s; preconditions and masks come in the query', async () => {
    const { http, calls } = await start((method) => (method === 'UpdateDocument' ? one : empty()));
    const body = JSON.stringify({ name: 'other', fields: { a: { stringValue: 'x' } } });
    const query = 'updateMask.fieldPaths=a&updateMask.fieldPaths=b.c&currentDocument.exists=false';
    expect((await http(`/v1/${ROOT}/c/a?${query}`, { method: 'PATCH', body })).status).toBe(200);
    expect(UpdateDocumentRequest.decode(calls[0]!.request)).toMatchObject({
      document: { name: `${ROOT}/c/a`, fields: { a: 'x' } },
      updateMask: { fieldPaths: ['a', 'b.c'] },
      currentDocument: { conditionType: { $case: 'exists', exists: false } },
    });
    const deleted = await http(`/v1/${ROOT}/c/a?currentDocument.updateTime=1970-01-01T00:00:00.5Z`, {
      method: 'DELETE',
    });
    expect(await deleted.json()).toEqual({});
    expect(DeleteDocumentRequest.decode(calls[1]!.request).currentDocument).toEqual({
      conditionType: { $case: 'updateTime', updateTime: 500_000 },
    });
  });

  test('actions go before documents whose name looks like one', async () => {
    const { http, calls } = await start(empty);
    await http(`/v1/${ROOT}:commit`, {
      method: 'POST',
      body: '{"writes":[{"delete":"x"}],"database":"other"}',
    });
    await http(`/v1/${ROOT}/c/a:runQuery`, { method: 'POST', body: '{"structured_query":{"limit":3}}' });
    await http(`/v1/${ROOT}:beginTransaction`, { method: 'POST' });
    expect(calls.map(({ method }) => method)).toEqual(['Commit', 'RunQuery', 'BeginTransaction']);
    expect(CommitRequest.decode(calls[0]!.request)).toMatchObject({
      database: 'projects/p/databases/(default)',
    });
    expect(RunQueryRequest.decode(calls[1]!.request)).toMatchObject({
      parent: `${ROOT}/c/a`,
      queryType: { $case: 'structuredQuery', structuredQuery: { limit: 3 } },
    });
  });

  test('streams to the server have no route', async () => {
    const { http, calls } = await start(empty);
    for (const name of ['listen', 'write'])
      expect((await http(`/v1/${ROOT}:${name}`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect(calls).toEqual([]);
  });
});

describe('streams', () => {
  const message = RunQueryResponse.encode(
    RunQueryResponse.fromPartial({ document: Document.decode(one), readTime: 3_000_000 }),
  ).finish();
  const run = (http: (path: string, init: RequestInit) => Promise<Response>) =>
    http(`/v1/${ROOT}:runQuery`, { method: 'POST', body: '{"structuredQuery":{}}' });

  test('are arrays', async () => {
    const { http } = await start(async (_method, out) => {
      out!.send(message);
      out!.send(message);
    });
    const element = { document: oneJson, readTime: '1970-01-01T00:00:03Z' };
    const text = await (await run(http)).text();
    expect(JSON.parse(text)).toEqual([element, element]);
    expect(text.split('\n,')).toHaveLength(2);
  });

  test('may be empty', async () => {
    const { http } = await start(async () => {});
    expect(await (await run(http)).json()).toEqual([]);
  });

  test('fail with the status of the error, or with an error behind what was sent', async () => {
    const { http } = await start(() => Promise.reject(notFound('gone')));
    const reply = await run(http);
    const error = { error: { code: 404, message: 'gone', status: 'NOT_FOUND' } };
    expect([reply.status, await reply.json()]).toEqual([404, [error]]);
    await gateway!.close();
    const late = await start(async (_method, out) => {
      out!.send(message);
      throw notFound('gone');
    });
    const started = await run(late.http);
    expect([started.status, await started.json()]).toEqual([200, [expect.anything(), error]]);
  });

  test('wait for a client that reads slowly', async () => {
    let waited = 0;
    const { http } = await start(async (_method, out) => {
      for (let i = 0; i < 20_000; i++) {
        if (out!.send(message)) continue;
        waited++;
        await out!.drained();
      }
    });
    expect(await (await run(http)).json()).toHaveLength(20_000);
    expect(waited).toBeGreaterThan(0);
  });
});

describe('what is refused', () => {
  test.each([
    ['/c/a?bogus=1', `Unknown name "bogus": Cannot bind query parameter. Field 'bogus' could not be found`],
    ['/c/a?mask.bogus=1', `Unknown name "mask.bogus"`],
    ['/c/a?mask=a', `Unknown name "mask"`],
    ['/c/a?transaction=!', `Invalid value at 'transaction' (TYPE_BYTES), "!"`],
    ['/c?pageSize=1&pageSize=2', `Unknown name "pageSize"`],
    ['/c?showMissing=yes', `Invalid value at 'showMissing' (TYPE_BOOL), "yes"`],
    ['/c/a?alt=proto', 'Unsupported output format: proto'],
    ['/c/a%ff', 'The path is not valid percent-encoded UTF-8.'],
  ])('%s', async (path, expected) => {
    const { http, calls } = await start(empty);
    const reply = await http(`/v1/${ROOT}${path}`);
    const { error } = (await reply.json()) as { error: { message: string; status: string } };
    expect([reply.status, error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(error.message).toContain(expected);
    expect(calls).toEqual([]);
  });

  test('bodies that are none', async () => {
    const { http, calls } = await start(empty);
    const post = async (body: string | Uint8Array<ArrayBuffer>) => {
      const reply = await http(`/v1/${ROOT}:commit`, { method: 'POST', body });
      return [reply.status, ((await reply.json()) as { error: { message: string } }).error.message];
    };
    expect(await post('[]')).toEqual([400, expect.stringContaining('Root element must be a message.')]);
    expect(await post('{"a"')).toEqual([400, expect.stringContaining('Invalid JSON payload received.')]);
    expect(await post(new Uint8Array([0xff]))).toEqual([400, expect.stringContaining('not valid UTF-8')]);
    const large = await post(new Uint8Array(26_000_000));
    expect(large).toEqual([400, expect.stringContaining('exceeds the limit')]);
    expect(calls).toEqual([]);
  });
});

test('pages of other origins may call', async () => {
  const { http } = await start(() => one);
  const origin = 'https://app.example';
  const headers = {
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'x-a',
  };
  const preflight = await http(`/v1/${ROOT}/c/a`, { method: 'OPTIONS', headers });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('x-a');
  const reply = await http(`/v1/${ROOT}/c/a`, { headers: { origin } });
  expect(reply.headers.get('access-control-allow-origin')).toBe(origin);
});

test('the routes are described', async () => {
  const { http } = await start(empty);
  const document = (await (await http('/openapi.json')).json()) as { openapi: string; paths: object };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain(
    '/v1/projects/{project}/databases/{database}/documents:commit',
  );
});
