import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import {
  type ActionCodeInfo,
  type Auth,
  applyActionCode,
  checkActionCode,
  confirmPasswordReset,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  deleteUser,
  EmailAuthProvider,
  fetchSignInMethodsForEmail,
  GoogleAuthProvider,
  getAuth,
  getIdTokenResult,
  inMemoryPersistence,
  isSignInWithEmailLink,
  linkWithCredential,
  sendEmailVerification,
  sendPasswordResetEmail,
  sendSignInLinkToEmail,
  setPersistence,
  signInAnonymously,
  signInWithCredential,
  signInWithCustomToken,
  signInWithEmailAndPassword,
  signInWithEmailLink,
  signOut,
  unlink,
  updateEmail,
  updatePassword,
  updateProfile,
  verifyBeforeUpdateEmail,
} from 'firebase/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestIdentity, type TestIdentity } from './support.ts';

let server: TestIdentity;
let app: FirebaseApp;
let auth: Auth;
let serial = 0;

beforeAll(async () => {
  server = await startTestIdentity({ profile: 'dev' });
});
afterAll(() => server.close());
beforeEach(async () => {
  app = initializeApp({ projectId: 'demo', apiKey: 'any' }, `app-${++serial}`);
  auth = getAuth(app);
  connectAuthEmulator(auth, `http://${server.address}`, { disableWarnings: true });
  await setPersistence(auth, inMemoryPersistence);
});
afterEach(() => deleteApp(app));

const newEmail = () => `user-${++serial}@example.com`;
const PASSWORD = 'correct horse';

/** The newest code that was "mailed" to the address. */
async function mailTo(email: string): Promise<{ oobCode: string; oobLink: string; requestType: string }> {
  const response = await fetch(`http://${server.address}/emulator/v1/projects/demo/oobCodes`);
  const { oobCodes } = (await response.json()) as {
    oobCodes: { email: string; oobCode: string; oobLink: string; requestType: string }[];
  };
  return oobCodes.findLast((code) => code.email === email)!;
}

const codeOf = (error: unknown) => (error as { code: string }).code;

describe('email and password', () => {
  test('signs up, signs out and in again', async () => {
    const email = newEmail();
    const { user } = await createUserWithEmailAndPassword(auth, email.toUpperCase(), PASSWORD);
    expect([user.email, user.emailVerified, user.isAnonymous]).toEqual([email, false, false]);
    expect(user.providerData.map(({ providerId }) => providerId)).toEqual(['password']);
    await signOut(auth);
    const again = await signInWithEmailAndPassword(auth, email, PASSWORD);
    expect(again.user.uid).toBe(user.uid);
    const { claims, signInProvider } = await getIdTokenResult(again.user);
    expect([claims.sub, claims.aud, claims.iss]).toEqual([
      user.uid,
      'demo',
      'https://securetoken.google.com/demo',
    ]);
    expect(signInProvider).toBe('password');
  });

  test('refuses what is wrong, with the codes that apps know', async () => {
    const email = newEmail();
    await createUserWithEmailAndPassword(auth, email, PASSWORD);
    const failures = [
      createUserWithEmailAndPassword(auth, email, PASSWORD),
      createUserWithEmailAndPassword(auth, newEmail(), 'short'),
      createUserWithEmailAndPassword(auth, 'not an address', PASSWORD),
      signInWithEmailAndPassword(auth, email, 'wrong password'),
      signInWithEmailAndPassword(auth, newEmail(), PASSWORD),
    ];
    const codes = (await Promise.allSettled(failures)).map((outcome) =>
      codeOf((outcome as PromiseRejectedResult).reason),
    );
    expect(codes).toEqual([
      'auth/email-already-in-use',
      'auth/weak-password',
      'auth/invalid-email',
      'auth/wrong-password',
      'auth/user-not-found',
    ]);
  });

  test('changes profile, address and password', async () => {
    const [email, other] = [newEmail(), newEmail()];
    const { user } = await createUserWithEmailAndPassword(auth, email, PASSWORD);
    await updateProfile(user, { displayName: 'Ada', photoURL: 'http://example.com/ada.png' });
    await updateEmail(user, other);
    await updatePassword(user, 'another password');
    await signOut(auth);
    await expect(signInWithEmailAndPassword(auth, other, PASSWORD)).rejects.toThrow('auth/wrong-password');
    const again = await signInWithEmailAndPassword(auth, other, 'another password');
    expect([again.user.displayName, again.user.uid]).toEqual(['Ada', user.uid]);
    // The old address is told, and can take the change back.
    const { oobCode, requestType } = await mailTo(email);
    expect(requestType).toBe('RECOVER_EMAIL');
    await applyActionCode(auth, oobCode);
    expect((await signInWithEmailAndPassword(auth, email, 'another password')).user.uid).toBe(user.uid);
  });

  test('resets a password by mail, once', async () => {
    const email = newEmail();
    await createUserWithEmailAndPassword(auth, email, PASSWORD);
    await sendPasswordResetEmail(auth, email);
    const { oobCode } = await mailTo(email);
    const info: ActionCodeInfo = await checkActionCode(auth, oobCode);
    expect([info.operation, info.data.email]).toEqual(['PASSWORD_RESET', email]);
    await confirmPasswordReset(auth, oobCode, 'a new password');
    await expect(confirmPasswordReset(auth, oobCode, 'and another')).rejects.toThrow('invalid-action-code');
    const { user } = await signInWithEmailAndPassword(auth, email, 'a new password');
    expect(user.emailVerified).toBe(true);
  });

  test('verifies an address, and a new one before it is changed', async () => {
    const [email, other] = [newEmail(), newEmail()];
    const { user } = await createUserWithEmailAndPassword(auth, email, PASSWORD);
    await sendEmailVerification(user);
    await applyActionCode(auth, (await mailTo(email)).oobCode);
    await user.reload();
    expect(user.emailVerified).toBe(true);
    await verifyBeforeUpdateEmail(user, other);
    await applyActionCode(auth, (await mailTo(email)).oobCode);
    expect((await signInWithEmailAndPassword(auth, other, PASSWORD)).user.uid).toBe(user.uid);
  });

  test('deletes a user', async () => {
    const email = newEmail();
    const { user } = await createUserWithEmailAndPassword(auth, email, PASSWORD);
    await deleteUser(user);
    await expect(signInWithEmailAndPassword(auth, email, PASSWORD)).rejects.toThrow('auth/user-not-found');
  });
});

describe('without a password', () => {
  test('an anonymous user keeps his id when he links an address', async () => {
    const { user } = await signInAnonymously(auth);
    expect([user.isAnonymous, (await getIdTokenResult(user)).claims.provider_id]).toEqual([
      true,
      'anonymous',
    ]);
    const email = newEmail();
    const linked = await linkWithCredential(user, EmailAuthProvider.credential(email, PASSWORD));
    expect([linked.user.uid, linked.user.isAnonymous]).toEqual([user.uid, false]);
    expect((await signInWithEmailAndPassword(auth, email, PASSWORD)).user.uid).toBe(user.uid);
  });

  test('a link in a mail signs in', async () => {
    const email = newEmail();
    await sendSignInLinkToEmail(auth, email, { url: 'http://localhost/finish', handleCodeInApp: true });
    const { oobLink } = await mailTo(email);
    expect(isSignInWithEmailLink(auth, oobLink)).toBe(true);
    await expect(signInWithEmailLink(auth, newEmail(), oobLink)).rejects.toThrow('auth/invalid-email');
    const { user } = await signInWithEmailLink(auth, email, oobLink);
    expect([user.email, user.emailVerified]).toEqual([email, true]);
    expect(await fetchSignInMethodsForEmail(auth, email)).toEqual(['emailLink']);
    // The emulator's page leads on to the app's.
    await sendSignInLinkToEmail(auth, email, { url: 'http://localhost/finish', handleCodeInApp: true });
    const page = await fetch((await mailTo(email)).oobLink, { redirect: 'manual' });
    expect(page.headers.get('location')).toMatch(/^http:\/\/localhost\/finish\?mode=signIn&lang=en&oobCode=/);
  });

  test('a custom token signs in with its claims', async () => {
    const { user } = await signInWithCustomToken(
      auth,
      JSON.stringify({ uid: 'alice', claims: { level: 3 } }),
    );
    const { claims, signInProvider } = await getIdTokenResult(user);
    expect([user.uid, claims.level, signInProvider]).toEqual(['alice', 3, 'custom']);
    // Claims of the token stay with the session.
    expect((await getIdTokenResult(user, true)).claims.level).toBe(3);
  });

  test('a provider signs in; linked, and unlinked again', async () => {
    const email = newEmail();
    const idToken = JSON.stringify({ sub: `google-${email}`, email, email_verified: true, name: 'Ada' });
    const { user } = await signInWithCredential(auth, GoogleAuthProvider.credential(idToken));
    expect([user.email, user.displayName, user.emailVerified]).toEqual([email, 'Ada', true]);
    await linkWithCredential(user, EmailAuthProvider.credential(email, PASSWORD));
    const known = (await fetchSignInMethodsForEmail(auth, email)).sort();
    expect(known).toEqual(['google.com', 'password']);
    await unlink(user, 'google.com');
    expect(await fetchSignInMethodsForEmail(auth, email)).toEqual(['password']);
  });

  test('an address of another user’s is not taken over by an unproved one', async () => {
    const email = newEmail();
    await createUserWithEmailAndPassword(auth, email, PASSWORD);
    const idToken = JSON.stringify({ sub: `google-${email}`, email, email_verified: false });
    const failure = await signInWithCredential(auth, GoogleAuthProvider.credential(idToken)).catch(codeOf);
    expect(failure).toBe('auth/account-exists-with-different-credential');
  });
});

describe('refresh', () => {
  test('gives a new ID token', async () => {
    const { user } = await signInAnonymously(auth);
    const before = user.refreshToken;
    expect(await user.getIdToken(true)).toBeTruthy();
    expect(user.refreshToken).not.toBe(before);
    expect(await user.getIdToken(true)).toBeTruthy();
  });

  const refresh = async (refreshToken: string) => {
    const response = await fetch(`http://${server.address}/securetoken.googleapis.com/v1/token?key=any`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    });
    return (await response.json()) as {
      refresh_token: string;
      error?: { message: string; errors: object[] };
    };
  };

  test('two tabs with one token get the same next one', async () => {
    const { user } = await signInAnonymously(auth);
    const [a, b] = await Promise.all([refresh(user.refreshToken), refresh(user.refreshToken)]);
    expect(a.refresh_token).toBe(b.refresh_token);
  });

  test('a token that was used up ends the session', async () => {
    const { user } = await signInAnonymously(auth);
    const second = await refresh(user.refreshToken);
    const third = await refresh(second.refresh_token);
    const reused = await refresh(user.refreshToken);
    expect(reused.error).toMatchObject({
      message: 'TOKEN_EXPIRED',
      errors: [{ message: 'TOKEN_EXPIRED', reason: 'invalid', domain: 'global' }],
    });
    expect((await refresh(third.refresh_token)).error?.message).toBe('TOKEN_EXPIRED');
    expect((await refresh('something else')).error?.message).toBe('INVALID_REFRESH_TOKEN');
  });
});

test('clears a project’s users', async () => {
  const { user } = await signInAnonymously(auth);
  const response = await fetch(`http://${server.address}/emulator/v1/projects/demo/accounts`, {
    method: 'DELETE',
  });
  expect(response.status).toBe(200);
  await expect(user.reload()).rejects.toThrow('auth/user-token-expired');
});
