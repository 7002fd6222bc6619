import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import {
  type Auth,
  connectAuthEmulator,
  getAuth,
  getIdTokenResult,
  inMemoryPersistence,
  setPersistence,
  signInWithCustomToken,
  signInWithEmailAndPassword,
} from 'firebase/auth';
import {
  type App,
  deleteApp as deleteAdminApp,
  initializeApp as initializeAdminApp,
} from 'firebase-admin/app';
import { type Auth as AdminAuth, getAuth as getAdminAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestIdentity, type TestIdentity } from './support.ts';

let server: TestIdentity;
let adminApp: App;
let admin: AdminAuth;
let app: FirebaseApp;
let auth: Auth;
let serial = 0;

beforeAll(async () => {
  server = await startTestIdentity({ profile: 'dev' });
  process.env.FIREBASE_AUTH_EMULATOR_HOST = server.address;
  adminApp = initializeAdminApp({ projectId: 'demo' });
  admin = getAdminAuth(adminApp);
  app = initializeApp({ projectId: 'demo', apiKey: 'any' });
  auth = getAuth(app);
  connectAuthEmulator(auth, `http://${server.address}`, { disableWarnings: true });
  await setPersistence(auth, inMemoryPersistence);
});
afterAll(async () => {
  await deleteApp(app);
  await deleteAdminApp(adminApp);
  delete process.env.FIREBASE_AUTH_EMULATOR_HOST;
  await server.close();
});

const newEmail = () => `user-${++serial}@example.com`;
const PASSWORD = 'correct horse';

describe('users', () => {
  test('are created, read by every identifier, updated and deleted', async () => {
    const email = newEmail();
    const phoneNumber = `+1555000${1000 + serial}`;
    const user = await admin.createUser({
      uid: `uid-${serial}`,
      email,
      password: PASSWORD,
      phoneNumber,
      displayName: 'Ada',
    });
    expect([user.uid, user.email, user.phoneNumber, user.disabled]).toEqual([
      `uid-${serial}`,
      email,
      phoneNumber,
      false,
    ]);
    expect((await admin.getUserByEmail(email)).uid).toBe(user.uid);
    expect((await admin.getUserByPhoneNumber(phoneNumber)).uid).toBe(user.uid);
    const found = await admin.getUsers([{ uid: user.uid }, { uid: 'nobody' }]);
    expect([found.users.length, found.notFound.length]).toEqual([1, 1]);
    const updated = await admin.updateUser(user.uid, {
      displayName: null,
      emailVerified: true,
      phoneNumber: null,
    });
    expect([updated.displayName, updated.emailVerified, updated.phoneNumber]).toEqual([
      undefined,
      true,
      undefined,
    ]);
    await admin.deleteUser(user.uid);
    await expect(admin.getUser(user.uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
    await expect(admin.deleteUser(user.uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
  });

  test('are not created twice', async () => {
    const email = newEmail();
    const { uid } = await admin.createUser({ email });
    await expect(admin.createUser({ email })).rejects.toMatchObject({ code: 'auth/email-already-exists' });
    await expect(admin.createUser({ uid })).rejects.toMatchObject({ code: 'auth/uid-already-exists' });
  });

  test('are listed page by page', async () => {
    const tenant = `tenant-${++serial}`;
    const users = admin.tenantManager().authForTenant(tenant);
    const uids = ['a', 'b', 'c', 'd', 'e'];
    for (const uid of uids) await users.createUser({ uid });
    const seen: string[] = [];
    for (let pageToken: string | undefined; ; ) {
      const page = await users.listUsers(2, pageToken);
      seen.push(...page.users.map(({ uid }) => uid));
      expect(page.users.every((user) => user.tenantId === tenant)).toBe(true);
      pageToken = page.pageToken;
      if (pageToken === undefined) break;
    }
    expect(seen).toEqual(uids);
    const result = await users.deleteUsers(['a', 'b', 'nobody']);
    expect([result.successCount, result.failureCount]).toEqual([3, 0]);
    // A tenant's users are not the project's.
    await expect(admin.getUser('c')).rejects.toMatchObject({ code: 'auth/user-not-found' });
  });

  test('are imported with Firebase’s own password hashes', async () => {
    // The project's parameters and a user's hash as a Firebase export has them (github.com/firebase/scrypt's sample).
    const hash = {
      algorithm: 'SCRYPT',
      key: Buffer.from(
        'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
        'base64',
      ),
      saltSeparator: Buffer.from('Bw==', 'base64'),
      rounds: 8,
      memoryCost: 14,
    } as const;
    const user = {
      uid: `imported-${++serial}`,
      email: 'imported@example.com',
      passwordHash: Buffer.from(
        'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
        'base64',
      ),
      passwordSalt: Buffer.from('42xEC+ixf3L2lw==', 'base64'),
      customClaims: { imported: true },
    };
    const outcome = await admin.importUsers([user, { uid: '' }], { hash }).catch((error) => error);
    const result = outcome instanceof Error ? await admin.importUsers([user], { hash }) : outcome;
    expect(result.successCount).toBe(1);
    const signedIn = await signInWithEmailAndPassword(auth, user.email, 'user1password');
    expect((await getIdTokenResult(signedIn.user)).claims.imported).toBe(true);
    // The hash is ours now.
    await signInWithEmailAndPassword(auth, user.email, 'user1password');
    await expect(signInWithEmailAndPassword(auth, user.email, 'user2password')).rejects.toThrow(
      'wrong-password',
    );
  });
});

describe('tokens', () => {
  async function signedIn() {
    const email = newEmail();
    const { uid } = await admin.createUser({ email, password: PASSWORD });
    const { user } = await signInWithEmailAndPassword(auth, email, PASSWORD);
    return { uid, user, email };
  }

  test('are verified, with custom claims after a refresh', async () => {
    const { uid, user } = await signedIn();
    expect((await admin.verifyIdToken(await user.getIdToken())).uid).toBe(uid);
    await admin.setCustomUserClaims(uid, { admin: true, level: 3 });
    const decoded = await admin.verifyIdToken(await user.getIdToken(true));
    expect([decoded.admin, decoded.level]).toEqual([true, 3]);
    await admin.setCustomUserClaims(uid, null);
    expect((await admin.verifyIdToken(await user.getIdToken(true))).admin).toBeUndefined();
    await expect(admin.setCustomUserClaims(uid, { sub: 'x' })).rejects.toMatchObject({
      code: 'auth/reserved-claim',
    });
  });

  test('custom ones sign in', async () => {
    const token = await admin.createCustomToken('bob', { role: 'editor' });
    const { user } = await signInWithCustomToken(auth, token);
    const decoded = await admin.verifyIdToken(await user.getIdToken());
    expect([decoded.uid, decoded.role]).toEqual(['bob', 'editor']);
  });

  test('are revoked', async () => {
    const { uid, user } = await signedIn();
    const idToken = await user.getIdToken();
    expect((await admin.verifyIdToken(idToken, true)).uid).toBe(uid);
    // The API counts in seconds: what was issued in the same second stays good.
    const authTime = (await admin.verifyIdToken(idToken)).auth_time;
    await new Promise((resolve) => setTimeout(resolve, (authTime + 1) * 1000 - Date.now() + 5));
    await admin.revokeRefreshTokens(uid);
    await expect(admin.verifyIdToken(idToken, true)).rejects.toMatchObject({ code: 'auth/id-token-revoked' });
    await expect(user.getIdToken(true)).rejects.toThrow('auth/user-token-expired');
  });

  test('of a disabled user are refused', async () => {
    const { uid, user, email } = await signedIn();
    const idToken = await user.getIdToken();
    await admin.updateUser(uid, { disabled: true });
    await expect(admin.verifyIdToken(idToken, true)).rejects.toMatchObject({ code: 'auth/user-disabled' });
    await expect(user.getIdToken(true)).rejects.toThrow('auth/user-disabled');
    await expect(signInWithEmailAndPassword(auth, email, PASSWORD)).rejects.toThrow('auth/user-disabled');
    await admin.updateUser(uid, { disabled: false });
    expect((await signInWithEmailAndPassword(auth, email, PASSWORD)).user.uid).toBe(uid);
  });

  test('become session cookies', async () => {
    const { uid, user } = await signedIn();
    const cookie = await admin.createSessionCookie(await user.getIdToken(), { expiresIn: 3_600_000 });
    const decoded = await admin.verifySessionCookie(cookie, true);
    expect([decoded.uid, decoded.iss]).toEqual([uid, 'https://session.firebase.google.com/demo']);
  });
});

describe('settings', () => {
  test('links for mails that the server sends itself', async () => {
    const email = newEmail();
    await admin.createUser({ email, password: PASSWORD });
    for (const link of [
      await admin.generatePasswordResetLink(email),
      await admin.generateEmailVerificationLink(email),
      await admin.generateSignInWithEmailLink(email, { url: 'http://localhost/', handleCodeInApp: true }),
    ])
      expect(new URL(link).searchParams.get('oobCode')).toBeTruthy();
    const reset = await fetch(`${await admin.generatePasswordResetLink(email)}&newPassword=by-the-link`);
    expect(reset.status).toBe(200);
    await signInWithEmailAndPassword(auth, email, 'by-the-link');
  });

  test('providers of OpenID Connect', async () => {
    const config = {
      providerId: 'oidc.acme',
      displayName: 'ACME',
      enabled: true,
      clientId: 'client',
      issuer: 'https://acme.example',
    };
    const created = await admin.createProviderConfig(config);
    expect(created.providerId).toBe('oidc.acme');
    expect(await admin.getProviderConfig('oidc.acme')).toMatchObject({ clientId: 'client', enabled: true });
    await admin.updateProviderConfig('oidc.acme', { enabled: false });
    const { providerConfigs } = await admin.listProviderConfigs({ type: 'oidc' });
    expect(providerConfigs.map(({ providerId, enabled }) => [providerId, enabled])).toEqual([
      ['oidc.acme', false],
    ]);
    await admin.deleteProviderConfig('oidc.acme');
    await expect(admin.getProviderConfig('oidc.acme')).rejects.toMatchObject({
      code: 'auth/configuration-not-found',
    });
  });

  test('acts of administrators are recorded', async () => {
    const { uid } = await admin.createUser({ email: newEmail() });
    await admin.setCustomUserClaims(uid, { secret: 'of nobody’s business' });
    const response = await fetch(`http://${server.address}/v1/projects/demo/auditLog`, {
      headers: { authorization: 'Bearer owner' },
    });
    const { entries } = (await response.json()) as { entries: { action: string; target: string }[] };
    const ofUser = entries.filter(({ target }) => target === uid);
    expect(ofUser.map(({ action }) => action)).toEqual(['accounts.update', 'accounts.create']);
    expect(JSON.stringify(ofUser)).not.toContain('business');
  });
});
