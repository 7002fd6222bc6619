import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import {
  addDoc,
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getCountFromServer,
  getDoc,
  getDocs,
  onSnapshot,
  query,
  runTransaction,
  serverTimestamp,
  setDoc,
  setLogLevel,
  updateDoc,
  where,
  writeBatch,
} from 'firebase/firestore';
import { expect, it, onTestFinished } from 'vitest';
import { describeTarget, freshProject, hostAndPort } from '../support/target.ts';

setLogLevel('silent');

const RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function signedIn() { return request.auth != null; }
    function role() { return get(/databases/$(database)/documents/users/$(request.auth.uid)).data.role; }
    match /users/{uid} {
      allow read: if signedIn() && request.auth.uid == uid;
      allow create: if request.auth.uid == uid && request.resource.data.role == 'member';
    }
    match /posts/{post} {
      allow get: if resource.data.public || resource.data.owner == request.auth.uid;
      allow list: if resource.data.owner == request.auth.uid || resource.data.public == true;
      allow create: if signedIn() && request.resource.data.owner == request.auth.uid
        && request.resource.data.keys().hasOnly(['owner', 'public', 'text', 'at']);
      allow update: if resource.data.owner == request.auth.uid
        && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['text', 'at']);
      allow delete: if role() == 'moderator';
    }
    match /{path=**}/reviews/{review} {
      allow read: if true;
    }
    match /config/{id} {
      allow read: if signedIn();
      allow write: if request.auth.token.admin == true;
    }
  }
}`;

async function environment(rules = RULES): Promise<RulesTestEnvironment> {
  const env = await initializeTestEnvironment({
    projectId: freshProject(),
    firestore: { ...hostAndPort(), rules },
  });
  onTestFinished(() => env.cleanup());
  return env;
}

describeTarget('@firebase/rules-unit-testing', () => {
  it('sees reads and writes refused and allowed as the rules say', async () => {
    const env = await environment();
    const [ann, bob] = [
      env.authenticatedContext('ann').firestore(),
      env.authenticatedContext('bob').firestore(),
    ];
    const nobody = env.unauthenticatedContext().firestore();
    const post = { owner: 'ann', public: false, text: 'a' };
    await assertSucceeds(setDoc(doc(ann, 'posts/1'), post));
    await assertFails(setDoc(doc(bob, 'posts/2'), post));
    await assertFails(setDoc(doc(nobody, 'posts/2'), post));
    await assertFails(setDoc(doc(ann, 'posts/2'), { ...post, other: 1 }));
    await assertSucceeds(getDoc(doc(ann, 'posts/1')));
    await assertFails(getDoc(doc(bob, 'posts/1')));
    await assertSucceeds(updateDoc(doc(ann, 'posts/1'), { text: 'b', at: serverTimestamp() }));
    await assertFails(updateDoc(doc(ann, 'posts/1'), { owner: 'bob' }));
    await assertFails(deleteDoc(doc(ann, 'posts/1')));
    await assertFails(getDoc(doc(ann, 'elsewhere/1')));
  });

  it('sees queries proven, not filtered', async () => {
    const env = await environment();
    const ann = env.authenticatedContext('ann').firestore();
    await setDoc(doc(ann, 'posts/1'), { owner: 'ann', public: false });
    const posts = collection(ann, 'posts');
    await assertFails(getDocs(posts));
    const mine = query(posts, where('owner', '==', 'ann'));
    expect((await assertSucceeds(getDocs(mine))).size).toBe(1);
    await assertSucceeds(getDocs(query(posts, where('public', '==', true))));
    await assertFails(getDocs(query(posts, where('owner', '==', 'bob'))));
    await assertSucceeds(getCountFromServer(mine));
    await assertFails(getCountFromServer(posts));
    await assertSucceeds(getDocs(collectionGroup(ann, 'reviews')));
    await assertFails(getDocs(collectionGroup(ann, 'posts')));
  });

  it('sees look-ups, claims, batches and transactions', async () => {
    const env = await environment();
    const ann = env.authenticatedContext('ann').firestore();
    const admin = env.authenticatedContext('root', { admin: true }).firestore();
    await assertSucceeds(setDoc(doc(ann, 'users/ann'), { role: 'member' }));
    await assertSucceeds(setDoc(doc(ann, 'posts/1'), { owner: 'ann', public: true }));
    await assertFails(deleteDoc(doc(ann, 'posts/1')));
    await env.withSecurityRulesDisabled(async (context) => {
      await setDoc(doc(context.firestore(), 'users/ann'), { role: 'moderator' });
    });
    await assertSucceeds(deleteDoc(doc(ann, 'posts/1')));
    await assertFails(setDoc(doc(ann, 'config/a'), {}));
    await assertSucceeds(setDoc(doc(admin, 'config/a'), {}));
    const batch = writeBatch(ann);
    batch.set(doc(ann, 'posts/2'), { owner: 'ann', public: true });
    batch.set(doc(ann, 'posts/3'), { owner: 'bob', public: true });
    await assertFails(batch.commit());
    expect((await getDocs(query(collection(ann, 'posts'), where('public', '==', true)))).size).toBe(0);
    await assertSucceeds(
      runTransaction(ann, async (transaction) => {
        const config = await transaction.get(doc(ann, 'config/a'));
        transaction.set(doc(ann, 'posts/4'), { owner: 'ann', public: config.exists() });
      }),
    );
  });

  it('sees a listener end when its right ends, and the others go on', async () => {
    const env = await environment();
    const ann = env.authenticatedContext('ann').firestore();
    await setDoc(doc(ann, 'posts/1'), { owner: 'ann', public: false });
    const first = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    onTestFinished(
      onSnapshot(
        doc(ann, 'posts/1'),
        () => first.resolve(),
        ({ code }) => ended.resolve(code),
      ),
    );
    const texts: string[] = [];
    const seen = Promise.withResolvers<void>();
    onTestFinished(
      onSnapshot(query(collection(ann, 'posts'), where('public', '==', true)), (snapshot) => {
        texts.push(snapshot.docs.map((document) => document.get('text')).join());
        if (texts.at(-1) === 'last') seen.resolve();
      }),
    );
    await first.promise;
    await env.withSecurityRulesDisabled(async (context) => {
      await updateDoc(doc(context.firestore(), 'posts/1'), { owner: 'bob', text: 'secret' });
      await addDoc(collection(context.firestore(), 'posts'), { owner: 'bob', public: true, text: 'last' });
    });
    expect(await ended.promise).toBe('permission-denied');
    await seen.promise;
  });

  it('is told what is wrong with rules that do not compile, and the old ones stay', async () => {
    const projectId = freshProject();
    const { host, port } = hostAndPort();
    const deploy = (content: string) =>
      fetch(`http://${host}:${port}/emulator/v1/projects/${projectId}:securityRules`, {
        method: 'PUT',
        headers: { authorization: 'Bearer owner' },
        body: JSON.stringify({ rules: { files: [{ name: 'firestore.rules', content }] } }),
      });
    expect((await deploy(RULES)).status).toBe(200);
    const refused = await deploy(RULES.replace('allow delete: if role()', 'allow delete if role()'));
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/L17:\d+/);
    const env = await initializeTestEnvironment({ projectId, firestore: { host, port } });
    onTestFinished(() => env.cleanup());
    await assertFails(setDoc(doc(env.authenticatedContext('ann').firestore(), 'elsewhere/1'), {}));
  });
});
