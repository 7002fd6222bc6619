import { createHash } from 'node:crypto';
import { Database } from '@telestack/pg';
import { eventually } from '@telestack/testkit';
import { followChanges, type PrincipalChange, readCredential } from '@telestack/tokens';
import { createLocalJWKSet, importPKCS8, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantServiceAccount } from '../src/admin/grant.ts';
import { startTestIdentity, type TestIdentity } from './support.ts';

const EMULATOR_ADMIN = { authorization: 'Bearer owner' };

let dev: TestIdentity;
let production: TestIdentity;
/** A credential of an administrator of project "prod". */
let admin: { authorization: string };
let account: Record<string, string>;

beforeAll(async () => {
  dev = await startTestIdentity({ profile: 'dev' });
  production = await startTestIdentity({
    profile: 'production',
    defaultProject: 'prod',
    webApiKey: 'web-key',
    publicUrl: 'https://api.example.com',
  });
  const tokenUri = 'https://api.example.com/token';
  const databaseUrl = production.database.url;
  account = await grantServiceAccount({ databaseUrl, project: 'prod', account: 'backend', tokenUri });
  const { access_token } = (await exchange(await assertion(account))) as { access_token: string };
  admin = { authorization: `Bearer ${access_token}` };
});
afterAll(async () => {
  await dev.close();
  await production.close();
});

const EMAIL = 'backend@prod.iam.gserviceaccount.com';

async function assertion(file: Record<string, string>, more: object = {}): Promise<string> {
  const key = await importPKCS8(file.private_key!, 'RS256');
  const claims = { scope: 'https://www.googleapis.com/auth/cloud-platform', ...more };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: file.private_key_id! })
    .setIssuer(file.client_email!)
    .setAudience(file.token_uri!)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
}

async function exchange(assertion: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://${production.address}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
  });
  return (await response.json()) as Record<string, unknown>;
}

type Json = Record<string, unknown>;
async function call(
  at: TestIdentity,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = at === dev ? EMULATOR_ADMIN : admin,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`http://${at.address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
}

/** The changes that verifiers hear of from now on. */
async function heard(at: TestIdentity) {
  const changes: { change: PrincipalChange; at: number }[] = [];
  const follower = followChanges({
    source: at.identity.credentials,
    onChange: (change) => changes.push({ change, at: Date.now() }),
  });
  await follower.ready;
  changes.length = 0;
  return { changes, close: () => follower.close() };
}

describe('API keys', () => {
  const scopes = [{ database: '(default)', collections: ['posts'], access: 'write' }];
  const path = '/v1/projects/demo/apiKeys';

  test('are told once, kept as a hash, listed, and good for what their scopes say', async () => {
    const created = await call(dev, 'POST', path, { displayName: 'robot', scopes });
    const { key, keyId } = created.body as { key: string; keyId: string };
    expect(created.status).toBe(200);
    expect(await dev.verifier.verify(readCredential(`Bearer ${key}`))).toEqual({
      kind: 'apiKey',
      keyId,
      project: 'demo',
      scopes,
    });
    const listed = await call(dev, 'GET', path);
    expect(listed.body.apiKeys).toContainEqual(
      expect.objectContaining({ keyId, displayName: 'robot', scopes }),
    );
    expect(JSON.stringify(listed.body)).not.toContain(key);
    const db = new Database({ connectionString: dev.database.url, applicationName: 'test', max: 1 });
    const { rows } = await db.query<{ row: string }>(
      'SELECT to_json(k)::text AS row FROM identity.api_keys k',
    );
    await db.close();
    expect(JSON.stringify(rows)).not.toContain(key);
    expect(JSON.stringify(rows)).toContain(createHash('sha256').update(key).digest('hex'));
  });

  test('rotate with a time of grace, and are revoked for all verifiers', async () => {
    const { key, keyId } = (await call(dev, 'POST', path, { scopes })).body as { key: string; keyId: string };
    const rotated = await call(dev, 'POST', `${path}/${keyId}:rotate`, { graceSeconds: 60 });
    const next = rotated.body as { key: string; keyId: string };
    for (const each of [key, next.key])
      expect(await dev.verifier.verify(readCredential(`Bearer ${each}`))).toMatchObject({ scopes });
    await call(dev, 'DELETE', `${path}/${next.keyId}`);
    await eventually(
      () => expect(dev.verifier.verify(readCredential(`Bearer ${next.key}`))).rejects.toThrow(),
      2_000,
    );
    expect((await call(dev, 'DELETE', `${path}/${next.keyId}`)).status).toBe(404);
  });

  test('without scopes, or with wrong ones, are not made', async () => {
    for (const wrong of [undefined, [], [{}], [{ database: '*', collections: [], access: 'read' }], 'all'])
      expect((await call(dev, 'POST', path, { scopes: wrong })).status).toBe(400);
  });
});

describe('service accounts', () => {
  test('change their signature into an access token', async () => {
    const token = admin.authorization.slice('Bearer '.length);
    expect(await production.verifier.verify({ kind: 'token', token })).toMatchObject({
      kind: 'admin',
      project: 'prod',
      account: EMAIL,
    });
    const wrong = await exchange(`${(await assertion(account)).slice(0, -8)}AAAAAAAA`);
    expect(wrong).toMatchObject({ error: 'invalid_grant' });
    expect(await exchange('nonsense')).toMatchObject({ error: 'invalid_grant' });
  });

  test('administer their own project only', async () => {
    expect((await call(production, 'GET', '/v1/projects/prod/apiKeys')).status).toBe(200);
    for (const path of [
      '/v1/projects/other/apiKeys',
      '/identitytoolkit.googleapis.com/v1/projects/other/accounts:batchGet',
    ])
      expect((await call(production, 'GET', path)).status).toBe(403);
    expect((await call(production, 'POST', '/v1/signingKeys:rotate', {})).status).toBe(403);
  });

  test('end with their keys', async () => {
    const base = '/v1/projects/prod/serviceAccounts';
    const made = await call(production, 'POST', base, { accountId: 'short-lived' });
    const { email } = made.body as { email: string };
    const file = (await call(production, 'POST', `${base}/${email}/keys`, {})).body as Record<string, string>;
    expect(file).toMatchObject({ type: 'service_account', token_uri: 'https://api.example.com/token' });
    const { access_token: token } = (await exchange(await assertion(file))) as { access_token: string };
    expect(await production.verifier.verify({ kind: 'token', token })).toMatchObject({ account: email });
    const { changes, close } = await heard(production);
    await call(production, 'DELETE', `${base}/${email}/keys/${file.private_key_id}`);
    await eventually(() => changes.length > 0);
    await close();
    expect(changes[0]!.change).toEqual({ kind: 'serviceAccount', project: 'prod', email });
    expect(await exchange(await assertion(file))).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('production', () => {
  const V1 = '/identitytoolkit.googleapis.com/v1';
  const signUp = (key: string, body: object) =>
    call(production, 'POST', `${V1}/accounts:signUp?key=${key}`, body, {});
  const newUser = () => ({ email: `u${Math.random()}@example.com`, password: 'correct horse' });

  test('signs tokens that its public keys verify, before and after a rotation', async () => {
    const first = (await signUp('web-key', newUser())).body as { idToken: string };
    await production.identity.rotateKeys();
    const second = (await signUp('web-key', newUser())).body as { idToken: string };
    const jwks = (await call(production, 'GET', '/.well-known/jwks.json', undefined, {})).body;
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    for (const { idToken } of [first, second]) {
      const options = {
        issuer: 'https://securetoken.google.com/prod',
        audience: 'prod',
        algorithms: ['RS256'],
      };
      const { payload } = await jwtVerify(idToken, keys, options);
      expect(await production.verifier.verify({ kind: 'token', token: idToken })).toMatchObject({
        kind: 'user',
        uid: payload.sub,
        project: 'prod',
      });
    }
    expect(JSON.stringify(jwks)).not.toContain('"d"');
  });

  test('knows no made-up key, no unsigned token, no anonymous user unless they are allowed', async () => {
    expect((await signUp('any', newUser())).body).toMatchObject({
      error: { message: expect.stringMatching(/^API key not valid/) },
    });
    expect((await signUp('', newUser())).status).toBe(403);
    expect((await signUp('web-key', {})).body).toMatchObject({ error: { message: 'ADMIN_ONLY_OPERATION' } });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x","aud":"prod","iat":1,"firebase":{}}').toString('base64url')}.`;
    const lookup = await call(
      production,
      'POST',
      `${V1}/accounts:lookup?key=web-key`,
      { idToken: unsigned },
      {},
    );
    expect(lookup.body).toMatchObject({ error: { message: 'INVALID_ID_TOKEN' } });
    const config = '/identitytoolkit.googleapis.com/v2/projects/prod/config';
    await call(production, 'PATCH', config, { signIn: { anonymous: { enabled: true } } });
    expect((await signUp('web-key', {})).status).toBe(200);
    await call(production, 'PATCH', config, { signIn: { anonymous: { enabled: false } } });
  });

  test('does not tell whether an address is known', async () => {
    const user = newUser();
    await signUp('web-key', user);
    const signIn = (body: object) =>
      call(production, 'POST', `${V1}/accounts:signInWithPassword?key=web-key`, body, {});
    const answers = [
      await signIn({ ...user, password: 'wrong password' }),
      await signIn({ ...newUser(), password: 'wrong password' }),
    ];
    for (const answer of answers)
      expect(answer.body).toMatchObject({ error: { message: 'INVALID_LOGIN_CREDENTIALS' } });
  });

  test('locks an address after many wrong passwords', async () => {
    const user = newUser();
    await signUp('web-key', user);
    const signIn = (password: string) =>
      call(production, 'POST', `${V1}/accounts:signInWithPassword?key=web-key`, { ...user, password }, {});
    const messages: string[] = [];
    for (let i = 0; i < 15; i++) {
      const { error } = (await signIn('wrong password')).body as { error: { message: string } };
      messages.push(error.message);
    }
    expect(messages.at(-1)).toMatch(/^TOO_MANY_ATTEMPTS_TRY_LATER/);
    expect((await signIn(user.password)).status).toBe(400);
  });

  test('no route that is not public answers a call without a credential', async () => {
    const routes = production.identity.routes;
    expect(routes.length).toBeGreaterThan(50);
    for (const { method, path, access } of routes) {
      const url = path.replaceAll('{project}', 'prod').replaceAll(/\{[^}]+\}/g, 'x');
      const { status } = await call(production, method, url, method === 'GET' ? undefined : {}, {});
      if (access === 'public') expect([200, 400, 403], `${method} ${path}`).toContain(status);
      else expect(access === 'emulator' ? [404] : [401, 403], `${method} ${path}`).toContain(status);
    }
    const open = routes.filter(({ access }) => access === 'public').map(({ path }) => path);
    // Whoever adds a public route has to think of it here.
    expect(open.length).toBe(21);
  });
});

describe('changes of principals', () => {
  test('reach verifiers in less than two seconds: claims, roles, blocked, deleted', async () => {
    const accounts = '/identitytoolkit.googleapis.com/v1/projects/demo/accounts';
    const { localId: uid } = (await call(dev, 'POST', accounts, { email: 'changed@example.com' })).body as {
      localId: string;
    };
    const { changes, close } = await heard(dev);
    const acts = [
      () => call(dev, 'POST', `${accounts}:update`, { localId: uid, customAttributes: '{"admin":true}' }),
      () => call(dev, 'PUT', `/v1/projects/demo/accounts/${uid}/roles`, { roles: ['editor'] }),
      () => call(dev, 'POST', `${accounts}:update`, { localId: uid, validSince: '1900000000' }),
      () => call(dev, 'POST', `${accounts}:update`, { localId: uid, displayName: 'Nobody is told of this' }),
      () => call(dev, 'POST', `${accounts}:update`, { localId: uid, disableUser: true }),
      () => call(dev, 'POST', `${accounts}:delete`, { localId: uid }),
    ];
    for (const act of acts) expect((await act()).status).toBe(200);
    // From the last act on: the acts themselves may take what they take.
    const startedAt = Date.now();
    await eventually(() => changes.length === 5);
    await close();
    expect(changes.at(-1)!.at - startedAt).toBeLessThan(2_000);
    const user = { kind: 'user', project: 'demo', uid };
    const at = expect.any(Number);
    expect(changes.map(({ change }) => change)).toEqual([
      { ...user, blocked: false, claims: { now: { admin: true }, before: [], at } },
      { ...user, blocked: false, claims: { now: { roles: ['editor'], admin: true }, before: ['admin'], at } },
      { ...user, blocked: false, validSince: 1_900_000_000 },
      { ...user, blocked: true, validSince: 1_900_000_000 },
      { ...user, blocked: true },
    ]);
  });
});
