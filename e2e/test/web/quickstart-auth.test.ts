import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  getAuth,
  inMemoryPersistence,
  setPersistence,
  signInWithEmailAndPassword,
  signOut,
  type User,
} from 'firebase/auth';
import {
  collection,
  connectFirestoreEmulator,
  doc,
  type Firestore,
  getDoc,
  getFirestore,
  onSnapshot,
  setDoc,
  terminate,
} from 'firebase/firestore';
import { deleteApp as deleteAdminApp, initializeApp as initializeAdminApp } from 'firebase-admin/app';
import { type Auth as AdminAuth, getAuth as getAdminAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeTarget, freshProject, hostAndPort, isEmulator, target } from '../support/target.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../../docs/quickstart-auth.md'), 'utf8');
const RULES = /```js firestore\.rules\n([\s\S]*?)```/.exec(TEXT)![1]!;
const PASSWORD = 'correct horse';
/** What an administrator has done shows so soon. */
const LIMIT_MS = 2_000;

let admin: AdminAuth;
let stopAdmin: () => Promise<void>;

beforeAll(() => {
  process.env.FIREBASE_AUTH_EMULATOR_HOST = target;
  const app = initializeAdminApp({ projectId: 'demo' });
  admin = getAdminAuth(app);
  stopAdmin = () => deleteAdminApp(app);
});
afterAll(async () => {
  await stopAdmin();
  delete process.env.FIREBASE_AUTH_EMULATOR_HOST;
});

const adminFetch = (method: string, path: string, body: object) =>
  fetch(`http://${target}/${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify(body),
  });

/** An app of the quickstart, with its rules, and who has signed up in it. */
async function quickstart(): Promise<{
  user: User;
  firestore: Firestore;
  email: string;
  auth: ReturnType<typeof getAuth>;
}> {
  const projectId = freshProject();
  const rules = { files: [{ name: 'firestore.rules', content: RULES }] };
  const deployed = await adminFetch('PUT', `emulator/v1/projects/${projectId}:securityRules`, { rules });
  expect(deployed.status).toBe(200);
  const app = initializeApp({ projectId, apiKey: 'any' }, projectId);
  const auth = getAuth(app);
  const firestore = getFirestore(app);
  connectAuthEmulator(auth, `http://${target}`, { disableWarnings: true });
  await setPersistence(auth, inMemoryPersistence);
  const { host, port } = hostAndPort();
  connectFirestoreEmulator(firestore, host, port);
  onTestFinished(async () => {
    await terminate(firestore);
    await deleteApp(app);
  });
  const email = `${projectId}@example.com`;
  const { user } = await createUserWithEmailAndPassword(auth, email, PASSWORD);
  return { user, firestore, email, auth };
}

/** What a listener hears. */
function listen(firestore: Firestore, ...path: [string, ...string[]]) {
  const heard: { sizes: number[]; error: string | undefined } = { sizes: [], error: undefined };
  const stop = onSnapshot(
    collection(firestore, ...path),
    (snapshot) => {
      if (!snapshot.metadata.fromCache) heard.sizes.push(snapshot.size);
    },
    (error) => {
      heard.error = error.code;
    },
  );
  onTestFinished(stop);
  return heard;
}

const denied = expect.objectContaining({ code: 'permission-denied' });
const within = { timeout: 10_000, interval: 10 };

describeTarget('the quickstart of sign-in', () => {
  // Google's Firestore emulator has no sign-in.
  test.skipIf(isEmulator)(
    'who signs up and in writes his own documents and is refused another’s',
    async () => {
      const { user, firestore, auth, email } = await quickstart();
      const own = doc(firestore, 'users', user.uid, 'notes', 'first');
      await setDoc(own, { text: 'Hello' });
      await expect(setDoc(doc(firestore, 'users/other/notes/first'), {})).rejects.toEqual(denied);
      await signOut(auth);
      await expect(getDoc(own)).rejects.toEqual(denied);
      await signInWithEmailAndPassword(auth, email, PASSWORD);
      expect((await getDoc(own)).data()).toEqual({ text: 'Hello' });
    },
  );

  test.skipIf(isEmulator)(
    'a claim that is taken back closes the listener that depends on it within two seconds; its sibling lives',
    async () => {
      const { user, firestore } = await quickstart();
      const first = listen(firestore, 'reviews');
      await expect.poll(() => first.error, within).toBe('permission-denied');
      await admin.setCustomUserClaims(user.uid, { reviewer: true });
      await user.getIdToken(true);
      const reviews = listen(firestore, 'reviews');
      const notes = listen(firestore, 'users', user.uid, 'notes');
      await expect.poll(() => [reviews.sizes.length, notes.sizes.length], within).toEqual([1, 1]);

      const startedAt = performance.now();
      await admin.setCustomUserClaims(user.uid, { reviewer: false });
      await expect.poll(() => reviews.error, within).toBe('permission-denied');
      expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);

      await setDoc(doc(firestore, 'users', user.uid, 'notes', 'after'), { text: 'still here' });
      await expect.poll(() => notes.sizes.at(-1), within).toBe(1);
      expect(notes.error).toBeUndefined();
      // Nor does the token that the app still has open it again.
      const again = listen(firestore, 'reviews');
      await expect.poll(() => again.error, within).toBe('permission-denied');
    },
  );

  test.skipIf(isEmulator)('a user who is disabled hears nothing more', async () => {
    const { user, firestore } = await quickstart();
    const notes = listen(firestore, 'users', user.uid, 'notes');
    await expect.poll(() => notes.sizes.length, within).toBe(1);
    await admin.updateUser(user.uid, { disabled: true });
    // The listener is told at once, and its SDK cannot get another token.
    await expect
      .poll(
        () =>
          user.getIdToken(true).then(
            () => 'good',
            (error) => error.code,
          ),
        within,
      )
      .toMatch(/^auth\/user-(disabled|token-expired)$/);
    await expect
      .poll(
        () =>
          getDoc(doc(firestore, 'users', user.uid, 'notes', 'x')).then(
            () => 'good',
            () => 'refused',
          ),
        within,
      )
      .toBe('refused');
  });
});
