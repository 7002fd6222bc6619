import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestIdentity, type TestIdentity } from './support.ts';

const uri = process.env.SUPERTOKENS_URI;
if (uri === undefined) console.log('skipped: SUPERTOKENS_URI names no SuperTokens Core');

describe.skipIf(uri === undefined)('the front-end API of SuperTokens', () => {
  let server: TestIdentity;
  beforeAll(async () => {
    const domain = 'http://localhost:3000';
    server = await startTestIdentity({
      profile: 'production',
      defaultProject: 'st',
      webApiKey: 'web-key',
      superTokens: { uri: uri!, project: 'st', apiDomain: domain, websiteDomain: domain },
    });
  });
  afterAll(() => server.close());

  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`http://${server.address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'st-auth-mode': 'header', rid: 'session', ...headers },
      body: JSON.stringify(body),
    });

  test('signs up; its session is a principal, and the account is Firebase’s as well', async () => {
    const email = `st-${Date.now()}@example.com`;
    const password = 'correct horse 1';
    const formFields = [
      { id: 'email', value: email },
      { id: 'password', value: password },
    ];
    const response = await post('/auth/signup', { formFields });
    const { status, user } = (await response.json()) as { status: string; user: { id: string } };
    expect(status).toBe('OK');
    const accessToken = response.headers.get('st-access-token')!;
    const principal = await server.verifier.verify({ kind: 'token', token: accessToken });
    expect(principal).toMatchObject({ kind: 'user', uid: user.id, project: 'st' });
    const signIn = await post('/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=web-key', {
      email,
      password,
    });
    const { localId, idToken } = (await signIn.json()) as { localId: string; idToken: string };
    expect(localId).toBe(user.id);
    expect(await server.verifier.verify({ kind: 'token', token: idToken })).toMatchObject({ uid: user.id });
    const refreshed = await post(
      '/auth/session/refresh',
      {},
      { authorization: `Bearer ${response.headers.get('st-refresh-token')}` },
    );
    expect(refreshed.status).toBe(200);
  });

  test('an account that is deleted has no session left that verifies', async () => {
    const email = `st-gone-${Date.now()}@example.com`;
    const signUp = await post('/identitytoolkit.googleapis.com/v1/accounts:signUp?key=web-key', {
      email,
      password: 'correct horse 1',
    });
    const { idToken } = (await signUp.json()) as { idToken: string };
    await server.verifier.verify({ kind: 'token', token: idToken });
    await post('/identitytoolkit.googleapis.com/v1/accounts:delete?key=web-key', { idToken });
    await eventually(
      () => expect(server.verifier.verify({ kind: 'token', token: idToken })).rejects.toThrow(),
      2_000,
    );
  });
});
