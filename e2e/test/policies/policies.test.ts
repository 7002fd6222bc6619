import { initializeTestEnvironment } from '@firebase/rules-unit-testing';
import { Firestore } from '@google-cloud/firestore';
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getCountFromServer,
  getDoc,
  getDocs,
  limit,
  onSnapshot,
  orderBy,
  type Query,
  query,
  runTransaction,
  setDoc,
  setLogLevel,
  updateDoc,
} from 'firebase/firestore';
import { expect, onTestFinished, test } from 'vitest';
import { describeTarget, freshProject, hostAndPort, isEmulator, target } from '../support/target.ts';

setLogLevel('silent');

/** Of the answers that are looked at here. */
interface Body {
  readonly policies: unknown;
  readonly entries: readonly { readonly action: string }[];
  readonly key: string;
  readonly keyId: string;
}

/** An administrator's call of the gateway. */
async function rest(method: string, path: string, body?: object): Promise<{ status: number; body: Body }> {
  const response = await fetch(`http://${target}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function start(policies: readonly object[]) {
  const projectId = freshProject();
  const database = `projects/${projectId}/databases/(default)`;
  expect((await rest('PUT', `${database}/policies`, { policies })).status).toBe(200);
  const env = await initializeTestEnvironment({ projectId, firestore: hostAndPort() });
  onTestFinished(() => env.cleanup());
  const user = (uid: string, claims = {}) => env.authenticatedContext(uid, claims).firestore();
  return { projectId, database, user, nobody: () => env.unauthenticatedContext().firestore() };
}

/** Google's emulator has none of it. */
const ours = test.skipIf(isEmulator);

const denied = expect.objectContaining({ code: 'permission-denied' });

/** What a listener shows, and how it ends. */
function listen(to: Query) {
  const seen: string[] = [];
  const ended = Promise.withResolvers<unknown>();
  onTestFinished(
    onSnapshot(
      to,
      ({ docs }) => seen.push(docs.map(({ id }) => id).join()),
      (error) => ended.resolve(error),
    ),
  );
  return { seen, ended: ended.promise };
}

describeTarget('policies, schemas and keys', () => {
  ours('an owner has his documents for himself, with queries that do not say so', async () => {
    const { user, nobody, database } = await start([{ collection: 'notes', access: 'owner' }]);
    const [ann, bob] = [user('ann'), user('bob')];
    const notes = collection(ann, 'notes');
    const all = listen(notes);
    const newest = listen(query(notes, orderBy('at', 'desc'), limit(1)));
    await setDoc(doc(ann, 'notes/1'), { at: 1 });
    await setDoc(doc(bob, 'notes/2'), { at: 2 });
    await setDoc(doc(bob, 'rooms/r/notes/3'), { at: 3 });
    expect((await getDoc(doc(ann, 'notes/1'))).data()).toEqual({ at: 1, owner_id: 'ann' });
    await expect(getDoc(doc(ann, 'notes/2'))).rejects.toEqual(denied);
    await expect(updateDoc(doc(ann, 'notes/2'), { at: 0 })).rejects.toEqual(denied);
    await expect(deleteDoc(doc(ann, 'notes/2'))).rejects.toEqual(denied);
    await expect(setDoc(doc(ann, 'notes/5'), { owner_id: 'bob' })).rejects.toEqual(denied);
    await expect(getDocs(collection(nobody(), 'notes'))).rejects.toEqual(denied);
    expect((await getDocs(collectionGroup(bob, 'notes'))).size).toBe(2);
    expect((await getCountFromServer(notes)).data().count).toBe(1);
    await runTransaction(ann, async (transaction) => {
      const { at } = (await transaction.get(doc(ann, 'notes/1'))).data() as { at: number };
      expect((await transaction.get(doc(ann, 'notes/4'))).exists()).toBe(false);
      transaction.set(doc(ann, 'notes/4'), { at: at + 3 });
    });
    await expect.poll(() => all.seen.at(-1)).toBe('1,4');
    await expect.poll(() => newest.seen.at(-1)).toBe('4');
    // What a server gives away leaves the listener; nothing of bob's has ever been in it.
    const admin = await rest('PATCH', `${database}/documents/notes/4?updateMask.fieldPaths=owner_id`, {
      fields: { owner_id: { stringValue: 'bob' } },
    });
    expect(admin.status).toBe(200);
    await expect.poll(() => all.seen.at(-1)).toBe('1');
    await expect.poll(() => newest.seen.at(-1)).toBe('1');
    expect([...all.seen, ...newest.seen].join()).not.toMatch(/[23]/);
  });

  ours(
    'only the role admin writes config; a policy that changes ends the listeners that it denies',
    async () => {
      const { user, nobody, database } = await start([{ collection: 'config', access: 'admin' }]);
      const [ann, root] = [user('ann'), user('root', { roles: ['admin'] })];
      await setDoc(doc(root, 'config/app'), { theme: 'dark' });
      await expect(setDoc(doc(ann, 'config/app'), { theme: 'light' })).rejects.toEqual(denied);
      await expect(getDoc(doc(nobody(), 'config/app'))).rejects.toEqual(denied);
      const [anns, roots] = [
        listen(query(collection(ann, 'config'))),
        listen(query(collection(root, 'config'))),
      ];
      await expect.poll(() => [anns.seen.at(-1), roots.seen.at(-1)]).toEqual(['app', 'app']);
      const staff = [{ collection: 'config', access: 'role', role: 'admin' }];
      const began = performance.now();
      expect((await rest('PUT', `${database}/policies`, { policies: staff })).status).toBe(200);
      expect(await anns.ended).toEqual(denied);
      expect(performance.now() - began).toBeLessThan(2_000);
      await setDoc(doc(root, 'config/more'), {});
      await expect.poll(() => roots.seen.at(-1)).toBe('app,more');
      const refused = await rest('PUT', `${database}/policies`, {
        policies: [{ collection: 'config', access: 'all' }],
      });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('policies[0].access') } },
      });
      expect((await rest('GET', `${database}/policies`)).body.policies).toEqual(staff);
      const { entries } = (await rest('GET', `${database}/auditLog`)).body;
      expect(entries.map(({ action }) => action)).toEqual(['policies.set', 'policies.set']);
    },
  );

  ours(
    'a schema refuses what does not fit, and says where; what is there already can be checked',
    async () => {
      const { user, database } = await start([{ collection: 'people', access: 'authenticated' }]);
      const ann = user('ann');
      await setDoc(doc(ann, 'people/old'), { age: 'forty' });
      const schema = { properties: { age: { type: 'integer' } }, required: ['age'] };
      const check = () => rest('POST', `${database}/schemas:check`, { collection: 'people', schema });
      expect((await check()).body).toMatchObject({
        checked: 1,
        misfits: [{ path: '$.age', problem: 'must be integer' }],
      });
      expect((await rest('PUT', `${database}/schemas`, { schemas: { people: schema } })).status).toBe(200);
      await expect
        .poll(() => setDoc(doc(ann, 'people/new'), { age: 1.5 }).catch((error) => error.code))
        .toBe('invalid-argument');
      await expect(setDoc(doc(ann, 'people/new'), {})).rejects.toThrow(
        /documents\/people\/new.*\$\.age is required/,
      );
      await setDoc(doc(ann, 'people/new'), { age: 40 });
      const bad = await rest('PUT', `${database}/schemas`, { schemas: { people: { type: 'person' } } });
      expect(bad).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('people') } },
      });
      await expect(setDoc(doc(ann, 'people/new'), {})).rejects.toThrow('$.age is required');
    },
  );

  ours('a key does what its scopes say, until it is rotated and revoked', async () => {
    const { projectId, database, user } = await start([{ collection: 'notes', access: 'owner' }]);
    await setDoc(doc(user('ann'), 'notes/1'), { n: 1 });
    await setDoc(doc(user('ann'), 'secrets/1'), { n: 1 });
    const scopes = [{ database: '(default)', collections: ['notes'], access: 'read' }];
    const made = (await rest('POST', `projects/${projectId}/apiKeys`, { displayName: 'reports', scopes }))
      .body;
    const withKey = (key: string) => {
      const firestore = new Firestore({
        projectId,
        host: target,
        ssl: false,
        customHeaders: { Authorization: `Bearer ${key}` },
      });
      onTestFinished(() => firestore.terminate());
      return firestore;
    };
    // Over REST: the client library takes what it is answered for a passing trouble, and tries again for long.
    const status = async (key: string, path = 'notes/1') => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`http://${target}/v1/${database}/documents/${path}`, { headers })).status;
    };
    const old = withKey(made.key);
    expect((await old.collection('notes').get()).size).toBe(1);
    expect((await old.collectionGroup('notes').count().get()).data().count).toBe(1);
    expect((await old.listCollections()).map(({ id }) => id)).toEqual(['notes']);
    expect(await status(made.key, 'secrets/1')).toBe(403);
    expect(await status(made.key, 'secrets')).toBe(403);
    await expect(old.doc('notes/2').set({})).rejects.toMatchObject({ code: 7 });
    const listened = Promise.withResolvers<number>();
    onTestFinished(old.collection('notes').onSnapshot(({ size }) => listened.resolve(size), listened.reject));
    expect(await listened.promise).toBe(1);
    const rotated = (await rest('POST', `projects/${projectId}/apiKeys/${made.keyId}:rotate`, {})).body;
    expect((await withKey(rotated.key).collection('notes').get()).size).toBe(1);
    expect(await status(rotated.key)).toBe(200);
    await expect.poll(() => status(made.key)).toBe(401);
    await rest('DELETE', `projects/${projectId}/apiKeys/${rotated.keyId}`);
    await expect.poll(() => status(rotated.key)).toBe(401);
  });
});
