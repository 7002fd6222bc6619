import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import { doc, setDoc } from 'firebase/firestore';
import {
  deleteObject,
  type FirebaseStorage,
  getBytes,
  getMetadata,
  listAll,
  ref,
  updateMetadata,
  uploadBytes,
  uploadString,
} from 'firebase/storage';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { freshProject, hostAndPort, target } from '../support/target.ts';

const RULES = `rules_version = '2';
service firebase.storage {
  match /b/{bucket}/o {
    match /users/{uid}/{file=**} {
      allow read: if request.auth != null;
      allow create: if request.auth.uid == uid && request.resource.size < 1000
        && request.resource.contentType.matches('text/.*') && request.resource.md5Hash is string;
      allow update: if resource.metadata.owner == request.auth.uid;
      allow delete: if request.auth.token.moderator == true;
    }
    match /rooms/{room}/{file} {
      function room() { return /databases/(default)/documents/rooms/$(room); }
      allow read: if firestore.exists(room()) && request.auth.uid in firestore.get(room()).data.members;
      allow write: if firestore.get(/databases/(default)/documents/users/$(request.auth.uid)).data.premium;
    }
  }
}`;

/** These rules are for all of a dev platform: tests of this file come one after the other. */
async function environment(): Promise<RulesTestEnvironment> {
  const env = await initializeTestEnvironment({
    projectId: freshProject(),
    firestore: hostAndPort(),
    storage: { ...hostAndPort(), rules: RULES },
  });
  onTestFinished(() => env.cleanup());
  return env;
}

/** The compat API's storage is the modular one's as well. */
const filesOf = (context: { storage(): unknown }): FirebaseStorage =>
  (context.storage() as { _delegate: FirebaseStorage })._delegate;

describe.skipIf(target === '' || inject('emulator'))('@firebase/rules-unit-testing with files', () => {
  it('sees reads and writes refused and allowed as the rules say', async () => {
    const env = await environment();
    const ann = filesOf(env.authenticatedContext('ann'));
    const bob = filesOf(env.authenticatedContext('bob'));
    const moderator = filesOf(env.authenticatedContext('max', { moderator: true }));
    const nobody = filesOf(env.unauthenticatedContext());
    const path = 'users/ann/a.txt';
    const owner = { contentType: 'text/plain', customMetadata: { owner: 'ann' } };
    await assertSucceeds(uploadBytes(ref(ann, path), new Uint8Array(10), owner));
    await assertFails(uploadBytes(ref(bob, path), new Uint8Array(10), owner));
    await assertFails(uploadBytes(ref(ann, path), new Uint8Array(2_000), owner));
    await assertFails(uploadBytes(ref(ann, path), new Uint8Array(10), { contentType: 'image/png' }));
    await assertSucceeds(getBytes(ref(bob, path)));
    await assertSucceeds(listAll(ref(bob, 'users/ann')));
    await assertFails(getBytes(ref(nobody, path)));
    await assertFails(getMetadata(ref(nobody, path)));
    await assertFails(listAll(ref(bob)));
    await assertFails(updateMetadata(ref(bob, path), { contentType: 'text/html' }));
    await assertSucceeds(updateMetadata(ref(ann, path), { contentType: 'text/html' }));
    await assertFails(deleteObject(ref(ann, path)));
    await assertSucceeds(deleteObject(ref(moderator, path)));
    await assertFails(uploadString(ref(ann, 'elsewhere.txt'), 'x'));
  });

  it('sees what documents say', async () => {
    const env = await environment();
    const ann = filesOf(env.authenticatedContext('ann'));
    const file = ref(ann, 'rooms/r1/a.txt');
    await env.withSecurityRulesDisabled(async (context) => {
      await uploadString(ref(filesOf(context), 'rooms/r1/a.txt'), 'hello');
    });
    await assertFails(getBytes(file));
    await assertFails(uploadString(file, 'mine'));
    await env.withSecurityRulesDisabled(async (context) => {
      await setDoc(doc(context.firestore(), 'rooms/r1'), { members: ['ann'] });
      await setDoc(doc(context.firestore(), 'users/ann'), { premium: true });
    });
    await assertSucceeds(getBytes(file));
    await assertSucceeds(uploadString(file, 'mine'));
    const bob = filesOf(env.authenticatedContext('bob'));
    await assertFails(getBytes(ref(bob, 'rooms/r1/a.txt')));
    await env.clearStorage();
  });

  it('is told what is wrong with rules that do not compile', async () => {
    const { host, port } = hostAndPort();
    const files = [{ name: 'storage.rules', content: RULES.replace('allow read: if', 'allow read if') }];
    const response = await fetch(`http://${host}:${port}/internal/setRules`, {
      method: 'PUT',
      body: JSON.stringify({ rules: { files } }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/L5:\d+/);
  });
});
