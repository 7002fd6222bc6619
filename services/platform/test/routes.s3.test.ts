import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Code } from '@telestack/errors';
import type { Route } from '@telestack/http';
import { FirestoreDefinition } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { AccessDefinition } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { RealtimeDefinition } from '@telestack/protos/telestack/realtime/v1/realtime.ts';
import { startMinio } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT, type Production, send, startProduction } from './support/production.ts';
import { PUBLIC_ROUTES } from './support/public-routes.ts';

const BUCKET = `${PROJECT}.appspot.com`;
let production: Production;

beforeAll(async () => {
  const { endpoint, region, accessKey, secretKey } = await startMinio();
  production = await startProduction({
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
    S3_ADDRESS_STYLE: 'path',
    S3_BUCKET_PREFIX: `routes-${process.pid}-`,
  });
  // What does not exist could not be refused.
  const created = await send(production.address, 'POST', `/storage/v1/b?project=${PROJECT}`, {
    headers: {
      authorization: `Bearer ${await production.accessToken()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: BUCKET }),
  });
  expect(created.status).toBe(200);
});
afterAll(() => production[Symbol.asyncDispose]());

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/** A path that fits: of documents, buckets and everything else. */
function examplePath({ path }: Route): string {
  const example = path.replaceAll(/\{([\w.]+)(?:=([^}]+))?\}/g, (_, name: string, pattern = '*') => {
    if (name === 'project') return PROJECT;
    if (name === 'bucket' || name === 'toBucket') return BUCKET;
    if (pattern === '**') return 'a/b';
    return pattern
      .replace('projects/*', `projects/${PROJECT}`)
      .replace('databases/*', 'databases/(default)')
      .replaceAll('**', 'a/b')
      .replaceAll('*', 'a');
  });
  return example.endsWith('/o') ? `${example}?name=a` : example;
}

/** Nothing is wrong with it: who calls is what is refused. */
const BODY = JSON.stringify({ path: 'a/b', size: 1 });

/** Credentials that are none: the first is none at all. */
const NOT_CREDENTIALS: Readonly<Record<string, Record<string, string>>> = {
  none: {},
  'the emulator’s administrator': { authorization: 'Bearer owner' },
  'an unsigned token': {
    authorization: `Bearer ${['{"alg":"none"}', '{"sub":"ann","aud":"prod","iat":1}', '']
      .map((text) => Buffer.from(text).toString('base64url'))
      .join('.')}`,
  },
  'a made-up principal': {
    'x-telestack-principal': Buffer.from('{"kind":"admin"}').toString('base64url'),
  },
};

describe('without a credential, in production', () => {
  test('there are routes of all services', () => {
    const names = production.services.routes.map(nameOf).join('\n');
    for (const part of [
      '/v1/{parent=',
      ':batchGet',
      'rulesets',
      'accounts:signUp',
      '/apiKeys',
      '/b/{bucket}/o',
    ])
      expect(names).toContain(part);
    expect(production.services.routes.length).toBeGreaterThan(100);
  });

  test('the list of public routes has reasons for all of them, and for no others', () => {
    const declared = production.services.routes.filter(({ access }) => access === 'public').map(nameOf);
    expect([...new Set(declared)].sort()).toEqual(Object.keys(PUBLIC_ROUTES).sort());
  });

  test.each(Object.entries(NOT_CREDENTIALS))('every other route refuses (%s)', async (_, headers) => {
    const answered: string[] = [];
    for (const route of production.services.routes) {
      if (PUBLIC_ROUTES[nameOf(route)] !== undefined) continue;
      const given = { ...headers, 'content-type': 'application/json' };
      const path = examplePath(route);
      const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
      const { status, text } = await send(production.address, route.method, path, {
        headers: given,
        body: hasBody ? BODY : '',
      });
      // What only the dev profile has does not exist.
      const isRefused = status === 401 || status === 403 || (route.access === 'emulator' && status === 404);
      if (!isRefused) answered.push(`${nameOf(route)}: ${status} ${text.slice(0, 200)} (${path})`);
    }
    expect(answered).toEqual([]);
  });

  test('what is public says nothing without a web key, a body or a token', async () => {
    const isToolkit = (route: Route) => /^\/(identitytoolkit|securetoken)/.test(route.path);
    for (const route of production.services.routes.filter(
      (each) => each.access === 'public' && isToolkit(each),
    )) {
      const { status } = await send(production.address, route.method, examplePath(route), {
        headers: { 'content-type': 'application/json' },
      });
      expect([nameOf(route), status]).toEqual([nameOf(route), 403]);
    }
    for (const path of ['/token', '/oauth2.googleapis.com/token'])
      expect((await send(production.address, 'POST', path)).status).toBe(400);
  });

  test('streams of browsers are refused inside their session', async () => {
    for (const method of ['Listen', 'Write']) {
      const path = `/google.firestore.v1.Firestore/${method}/channel`;
      const opened = await send(production.address, 'POST', `${path}?VER=8&RID=1&CVER=22`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'count=0',
      });
      const sid = /"c","([^"]+)"/.exec(opened.text)?.[1];
      const answer = await send(
        production.address,
        'GET',
        `${path}?VER=8&RID=rpc&SID=${sid}&AID=0&CI=1&TYPE=xmlhttp`,
      );
      expect(answer.text).toContain('PERMISSION_DENIED');
    }
  });

  const services = [FirestoreDefinition, DocstoreDefinition, AccessDefinition, RealtimeDefinition];
  const methods = services.flatMap(({ fullName, methods: all }) =>
    Object.values(all as Record<string, { readonly name: string }>).map(
      ({ name }) => [`/${fullName}/${name}`, fullName === FirestoreDefinition.fullName] as const,
    ),
  );
  test.each(Object.entries(NOT_CREDENTIALS))('every method of gRPC refuses (%s)', async (_, headers) => {
    const client = new Client(production.address, credentials.createInsecure());
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    metadata.set('telestack-principal-bin', Buffer.from('{"kind":"admin"}'));
    const same = (bytes: Buffer) => bytes;
    try {
      for (const [path, isPublic] of methods) {
        const code = await new Promise<number>((resolve) => {
          const call = client.makeBidiStreamRequest(path, same, same, metadata);
          call.on('error', (error: ServiceError) => resolve(error.code));
          call.on('data', () => resolve(Code.OK));
          call.write(Buffer.alloc(0));
          call.end();
        });
        const refusals: number[] = isPublic
          ? [Code.PERMISSION_DENIED, Code.UNAUTHENTICATED]
          : [Code.UNIMPLEMENTED];
        expect(refusals, path).toContain(code);
      }
    } finally {
      client.close();
    }
  });
});
