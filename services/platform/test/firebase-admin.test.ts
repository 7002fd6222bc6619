import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@telestack/pg';
import { cert, deleteApp, initializeApp } from 'firebase-admin/app';
import { type Auth, getAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT, type Production, startProduction } from './support/production.ts';

let production: Production;
let folder: string;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-admin-'));
  production = await startProduction();
});
afterAll(async () => {
  for (const close of closers) await close();
  await production[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Connections to Google go to the gateway instead: docs/identity.md. Here it speaks no TLS. */
class GatewayAgent extends Agent {
  override createConnection() {
    const [host, port] = production.address.split(':');
    return connect(Number(port), host);
  }
}

/** firebase-admin with a key file of a service account of ours. */
async function adminOf(account: string, project = PROJECT): Promise<Auth> {
  const path = join(folder, `${account}-${project}.json`);
  writeFileSync(path, JSON.stringify(await production.keyFile(account, project)));
  const httpAgent = new GatewayAgent();
  const app = initializeApp(
    { credential: cert(path, httpAgent), projectId: PROJECT, httpAgent },
    `${account}-${project}`,
  );
  closers.push(() => deleteApp(app));
  return getAuth(app);
}

/** The client's half of a sign-in. */
async function signIn(method: string, body: object): Promise<{ idToken: string; refreshToken: string }> {
  const response = await fetch(
    `http://${production.address}/identitytoolkit.googleapis.com/v1/accounts:${method}?key=web-key`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, returnSecureToken: true }),
    },
  );
  const answer = (await response.json()) as { idToken: string; refreshToken: string };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

describe('firebase-admin in production, with a service account’s key file', () => {
  test('manages users', async () => {
    const admin = await adminOf('backend');
    const { uid } = await admin.createUser({ uid: 'ada', email: 'ada@example.com', password: 'secret-1' });
    await admin.updateUser(uid, { displayName: 'Ada' });
    await admin.setCustomUserClaims(uid, { role: 'editor' });
    const user = await admin.getUserByEmail('ada@example.com');
    expect([user.uid, user.displayName, user.customClaims]).toEqual(['ada', 'Ada', { role: 'editor' }]);
    expect((await admin.listUsers()).users.map((each) => each.uid)).toContain('ada');
    const { idToken } = await signIn('signInWithPassword', {
      email: 'ada@example.com',
      password: 'secret-1',
    });
    expect(await admin.verifyIdToken(idToken)).toMatchObject({ uid: 'ada', role: 'editor', aud: PROJECT });
    await admin.deleteUser(uid);
    await expect(admin.getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
  });

  test('makes custom tokens and session cookies, and revokes them', async () => {
    const admin = await adminOf('sessions');
    const customToken = await admin.createCustomToken('grace', { plan: 'pro' });
    const { idToken } = await signIn('signInWithCustomToken', { token: customToken });
    expect(await admin.verifyIdToken(idToken, true)).toMatchObject({ uid: 'grace', plan: 'pro' });
    const cookie = await admin.createSessionCookie(idToken, { expiresIn: 3_600_000 });
    expect(await admin.verifySessionCookie(cookie, true)).toMatchObject({ uid: 'grace' });
    // Tokens tell seconds.
    const second = Math.floor(Date.now() / 1000);
    await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 2_000 }).toBeGreaterThan(second);
    await admin.revokeRefreshTokens('grace');
    await expect(admin.verifyIdToken(idToken, true)).rejects.toMatchObject({ code: 'auth/id-token-revoked' });
    await expect(admin.verifySessionCookie(cookie, true)).rejects.toMatchObject({
      code: 'auth/session-cookie-revoked',
    });
  });

  test('generates links where the platform knows its own address', async () => {
    const admin = await adminOf('linker');
    await admin.createUser({ email: 'links@example.com', password: 'secret-1' });
    await expect(admin.generatePasswordResetLink('links@example.com')).rejects.toThrow(/PUBLIC_URL/);
  });

  test('of one project does nothing in another', async () => {
    const stranger = await adminOf('stranger', 'other');
    await expect(stranger.listUsers()).rejects.toMatchObject({ code: 'auth/insufficient-permission' });
    const token = await stranger.createCustomToken('root');
    await expect(signIn('signInWithCustomToken', { token })).rejects.toThrow(/CREDENTIAL_MISMATCH/);
  });

  test('is not needed to see who deployed which rules', async () => {
    const headers = {
      authorization: `Bearer ${await production.accessToken()}`,
      'content-type': 'application/json',
    };
    const base = `http://${production.address}/v1/projects/${PROJECT}`;
    const content =
      "rules_version = '2'; service cloud.firestore { match /databases/{d}/documents/a/{b} { allow read: if false; } }";
    const post = async (path: string, body: object) => {
      const response = await fetch(`${base}/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as { name: string };
      expect([response.status, answer]).toEqual([200, expect.anything()]);
      return answer;
    };
    const ruleset = await post('rulesets', { source: { files: [{ name: 'f', content }] } });
    const name = `projects/${PROJECT}/releases/cloud.firestore`;
    await post('releases', { name, rulesetName: ruleset.name });
    const { entries } = (await (await fetch(`${base}/databases/(default)/auditLog`, { headers })).json()) as {
      entries: { action: string; actor: string; target: string }[];
    };
    const actor = `operator@${PROJECT}.iam.gserviceaccount.com`;
    expect(entries).toContainEqual(
      expect.objectContaining({
        ...{ actor, action: 'releases.set' },
        target: expect.stringMatching(/^releases\/cloud\.firestore /),
      }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ actor, action: 'rulesets.create' }));
  });

  test('is in the audit log, and no secret is in any log', async () => {
    await production.keyFile('audited');
    const db = new Database({ connectionString: production.database.url, applicationName: 'test', max: 1 });
    const { rows } = await db.query<{ action: string; actor: string }>(
      'SELECT action, actor FROM identity.audit WHERE project = $1',
      [PROJECT],
    );
    await db.close();
    const acts = rows.map(({ actor, action }) => `${actor.split('@')[0]} ${action}`);
    expect(acts).toContain('operator serviceAccounts.createKey');
    const log = production.logged.join('\n');
    for (const secret of ['secret-1', 'PRIVATE KEY', 'eyJ']) expect(log).not.toContain(secret);
  });
});
