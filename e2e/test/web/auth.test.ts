import { deleteApp, initializeApp } from 'firebase/app';
import {
  type Auth,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  getAuth,
  inMemoryPersistence,
  setPersistence,
  signInWithEmailAndPassword,
  signOut,
} from 'firebase/auth';
import { connectFirestoreEmulator, doc, getDoc, getFirestore, setDoc, terminate } from 'firebase/firestore';
import { expect, onTestFinished, test } from 'vitest';
import { describeTarget, freshProject, hostAndPort, isEmulator, target } from '../support/target.ts';

const RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid} {
      allow read, write: if request.auth.uid == uid;
    }
    match /config/{id} {
      allow read: if true;
      allow write: if request.auth.token.admin == true;
    }
  }
}`;

/** An app with sign-in and documents, as a browser has them. */
async function app(): Promise<{ auth: Auth; firestore: ReturnType<typeof getFirestore> }> {
  const projectId = freshProject();
  const deployed = await fetch(`http://${target}/emulator/v1/projects/${projectId}:securityRules`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify({ rules: { files: [{ name: 'firestore.rules', content: RULES }] } }),
  });
  expect(deployed.status).toBe(200);
  const firebase = initializeApp({ projectId, apiKey: 'any' }, projectId);
  const auth = getAuth(firebase);
  connectAuthEmulator(auth, `http://${target}`, { disableWarnings: true });
  await setPersistence(auth, inMemoryPersistence);
  const firestore = getFirestore(firebase);
  const { host, port } = hostAndPort();
  connectFirestoreEmulator(firestore, host, port);
  onTestFinished(async () => {
    await terminate(firestore);
    await deleteApp(firebase);
  });
  return { auth, firestore };
}

describeTarget('sign-in', () => {
  // Google's Firestore emulator has no sign-in.
  test.skipIf(isEmulator)('who signs up writes his own documents, and nobody else’s', async () => {
    const { auth, firestore } = await app();
    const email = `${freshProject()}@example.com`;
    const { user } = await createUserWithEmailAndPassword(auth, email, 'correct horse');
    const own = doc(firestore, 'users', user.uid);
    await setDoc(own, { name: 'Ada' });
    expect((await getDoc(own)).data()).toEqual({ name: 'Ada' });
    const denied = expect.objectContaining({ code: 'permission-denied' });
    await expect(setDoc(doc(firestore, 'users/other'), {})).rejects.toEqual(denied);
    await expect(getDoc(doc(firestore, 'users/other'))).rejects.toEqual(denied);
    await signOut(auth);
    await expect(getDoc(own)).rejects.toEqual(denied);
    await signInWithEmailAndPassword(auth, email, 'correct horse');
    expect((await getDoc(own)).data()).toEqual({ name: 'Ada' });
  });

  test.skipIf(isEmulator)('custom claims open what rules ask them for', async () => {
    const { auth, firestore } = await app();
    const { user } = await createUserWithEmailAndPassword(
      auth,
      `${freshProject()}@example.com`,
      'correct horse',
    );
    const config = doc(firestore, 'config/limits');
    await expect(setDoc(config, { n: 1 })).rejects.toThrow();
    const path = '/identitytoolkit.googleapis.com/v1/projects/demo/accounts:update';
    await fetch(`http://${target}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
      body: JSON.stringify({ localId: user.uid, customAttributes: '{"admin":true}' }),
    });
    await user.getIdToken(true);
    await setDoc(config, { n: 1 });
    await signOut(auth);
    expect((await getDoc(config)).data()).toEqual({ n: 1 });
  });
});
