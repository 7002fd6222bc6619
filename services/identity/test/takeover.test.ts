import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantServiceAccount } from '../src/admin/grant.ts';
import type { IdentityOptions } from '../src/index.ts';
import { startTestIdentity, type TestIdentity } from './support.ts';

const TOOLKIT = '/identitytoolkit.googleapis.com';
const AUDIENCE = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';

let server: TestIdentity;
let withoutUrl: TestIdentity;
let account: Record<string, string>;

const start = (more: Partial<IdentityOptions>) =>
  startTestIdentity({ profile: 'production', defaultProject: 'prod', webApiKey: 'web-key', ...more });

beforeAll(async () => {
  server = await start({ publicUrl: 'https://api.example.com', mailHookUrl: 'http://127.0.0.1:9/' });
  withoutUrl = await start({ mailHookUrl: 'http://127.0.0.1:9/' });
  const { url: databaseUrl } = server.database;
  const tokenUri = 'https://api.example.com/token';
  account = await grantServiceAccount({ databaseUrl, project: 'prod', account: 'backend', tokenUri });
});
afterAll(async () => {
  await server.close();
  await withoutUrl.close();
});

type Json = Record<string, unknown>;

async function post(method: string, body: object, at = server, headers: Record<string, string> = {}) {
  const response = await fetch(`http://${at.address}${TOOLKIT}/v1/accounts:${method}?key=web-key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Json & { error?: { message: string } } };
}

async function signUp(email: string, at = server): Promise<{ idToken: string; localId: string }> {
  const { body } = await post('signUp', { email, password: 'secret-1', returnSecureToken: true }, at);
  return body as never;
}

/** A credential of the administrator of "prod". */
async function administrator(): Promise<Record<string, string>> {
  const key = await importPKCS8(account.private_key!, 'RS256');
  const assertion = await new SignJWT({ scope: 'https://www.googleapis.com/auth/cloud-platform' })
    .setProtectedHeader({ alg: 'RS256', kid: account.private_key_id! })
    .setIssuer(account.client_email!)
    .setAudience(account.token_uri!)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const response = await fetch(`http://${server.address}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type, assertion }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return { authorization: `Bearer ${access_token}` };
}

describe('in production', () => {
  test('mails carry no host that the caller has made up', async () => {
    const email = 'reset@example.com';
    await signUp(email, withoutUrl);
    const { body } = await post('sendOobCode', { requestType: 'PASSWORD_RESET', email }, withoutUrl, {
      host: 'evil.example',
    });
    expect(body.error?.message).toMatch(/^OPERATION_NOT_ALLOWED : PUBLIC_URL/);
  });

  test('the page that gets a code is one of the project’s domains', async () => {
    const email = 'link@example.com';
    for (const continueUrl of [
      'https://evil.example/',
      'javascript:alert(1)',
      'https://localhost.evil.example',
    ]) {
      const { body } = await post('sendOobCode', { requestType: 'EMAIL_SIGNIN', email, continueUrl });
      expect(body.error?.message).toMatch(/^UNAUTHORIZED_DOMAIN/);
    }
    const own = await post('sendOobCode', {
      ...{ requestType: 'EMAIL_SIGNIN', email },
      continueUrl: 'http://localhost/finish',
    });
    // Its mail hook is not there: so far it came.
    expect(own.status).toBe(503);
  });

  test('nobody links an identity at a provider without having proved it', async () => {
    const { idToken } = await signUp('linker@example.com');
    const linkProviderUserInfo = { providerId: 'google.com', rawId: 'victim' };
    const { body } = await post('update', { idToken, linkProviderUserInfo });
    expect(body.error?.message).toBe('INSUFFICIENT_PERMISSION');
  });

  test('a tenant that nobody has made has no users', async () => {
    const { body } = await post('signUp', {
      ...{ email: 'admin@example.com', password: 'secret-1' },
      tenantId: 'made-up',
    });
    expect(body.error?.message).toBe('TENANT_NOT_FOUND');
  });

  test('a token of an old sign-in neither changes the password nor deletes the account', async () => {
    const { localId } = await signUp('old@example.com');
    const key = await server.identity.credentials.keys(AbortSignal.timeout(5_000));
    expect(key.platform.keys).toHaveLength(1);
    const before = Date.now;
    // Ten minutes later, by the same session.
    const signedIn = await post('signInWithPassword', { email: 'old@example.com', password: 'secret-1' });
    const { idToken } = signedIn.body as { idToken: string };
    Date.now = () => before() + 10 * 60_000;
    try {
      for (const [method, body] of [
        ['update', { password: 'another-1' }],
        ['update', { email: 'other@example.com' }],
        ['delete', {}],
      ] as const) {
        const refused = await post(method, { idToken, ...body });
        expect(refused.body.error?.message).toBe('CREDENTIAL_TOO_OLD_LOGIN_AGAIN');
      }
      expect((await post('update', { idToken, displayName: 'Old' })).status).toBe(200);
    } finally {
      Date.now = before;
    }
    expect(localId).toBe((signedIn.body as { localId: string }).localId);
  });

  test('a large body of anyone is refused before it is read', async () => {
    const { status } = await post('signUp', { email: 'x'.repeat(300 * 1024) });
    expect(status).toBe(429);
  });

  test('a custom token of another project’s service account signs nobody in', async () => {
    const { url: databaseUrl } = server.database;
    const tokenUri = 'https://api.example.com/token';
    const other = await grantServiceAccount({ databaseUrl, project: 'other', account: 'backend', tokenUri });
    const token = await new SignJWT({ uid: 'root', claims: { admin: true } })
      .setProtectedHeader({ alg: 'RS256', kid: other.private_key_id! })
      .setIssuer(other.client_email!)
      .setSubject(other.client_email!)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(await importPKCS8(other.private_key!, 'RS256'));
    expect((await post('signInWithCustomToken', { token })).body.error?.message).toBe('CREDENTIAL_MISMATCH');
  });

  test('what this service fetches for an administrator is not its neighbours', async () => {
    const headers = { 'content-type': 'application/json', ...(await administrator()) };
    for (const [issuer, jwksUri] of [
      ['http://docstore:9001', undefined],
      ['https://idp.example.com', 'http://169.254.169.254/latest'],
      ['https://idp.example.com', 'file:///etc/passwd'],
    ]) {
      const response = await fetch(
        `http://${server.address}${TOOLKIT}/v2/projects/prod/oauthIdpConfigs?oauthIdpConfigId=oidc.x`,
        { method: 'POST', headers, body: JSON.stringify({ issuer, jwksUri, clientId: 'c', enabled: true }) },
      );
      expect(response.status).toBe(400);
    }
  });

  test('verifiers’ questions are answered to services only', async () => {
    const { internalService } = server.identity;
    const headers = await administrator();
    // Through the gateway, by a path that is read otherwise than it is spelt, or on a port that was left open.
    const paths = ['/internal/identity/v1/keys', `${TOOLKIT}/../internal/identity/v1/changes`];
    for (const path of paths) {
      const { status } = await fetch(`http://${server.address}${path}`, { headers });
      expect([403, 404]).toContain(status);
    }
    expect(internalService.owns('/internal/identity/v1/keys')).toBe(true);
  });
});

test('an id that was deleted and given again is somebody who may come in; the old tokens are not', async () => {
  const headers = await administrator();
  const create = () =>
    fetch(`http://${server.address}${TOOLKIT}/v1/projects/prod/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ localId: 'again', email: 'again@example.com', password: 'secret-1' }),
    });
  const signIn = async () =>
    (await post('signInWithPassword', { email: 'again@example.com', password: 'secret-1' })).body as {
      idToken: string;
    };
  const verify = (token: string) => server.verifier.verify({ kind: 'token', token });
  await create();
  const first = await signIn();
  await verify(first.idToken);
  await fetch(`http://${server.address}${TOOLKIT}/v1/projects/prod/accounts:delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ localId: 'again' }),
  });
  await expect
    .poll(() =>
      verify(first.idToken).then(
        () => 'good',
        () => 'refused',
      ),
    )
    .toBe('refused');
  // Tokens tell seconds.
  const second = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 2_000 }).toBeGreaterThan(second);
  await create();
  const next = await signIn();
  await expect
    .poll(() =>
      verify(next.idToken).then(
        () => 'good',
        () => 'refused',
      ),
    )
    .toBe('good');
  await expect(verify(first.idToken)).rejects.toThrow();
});
