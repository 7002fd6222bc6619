import { randomBytes } from 'node:crypto';
import {
  deleteObject,
  getBytes,
  getDownloadURL,
  getMetadata,
  list,
  listAll,
  ref,
  updateMetadata,
  uploadBytes,
  uploadBytesResumable,
  uploadString,
} from 'firebase/storage';
import { expect, inject, test as plain } from 'vitest';
import { NetworkProxy } from '../support/proxy.ts';
import { deployStorageRules, signUp, storageApp } from '../support/storage.ts';

// Google's emulators have no files on the port of documents.
const test = plain.skipIf(inject('target') === '' || inject('emulator'));

const MIB = 1024 * 1024;
const OWN_FILES = `match /users/{uid}/{file=**} {
  allow read, write: if request.auth.uid == uid;
}`;
const refused = { code: 'storage/unauthorized' };

test('a signed-in user: 50 MiB with progress, paused, cut off and resumed; download, list, delete; nobody else’s', async () => {
  const network = await NetworkProxy.start();
  const { project, auth, storage } = storageApp({ address: network.address });
  await deployStorageRules(project, OWN_FILES);
  const uid = await signUp(auth);
  const bytes = randomBytes(50 * MIB);
  const file = ref(storage, `users/${uid}/videos/large.bin`);
  const task = uploadBytesResumable(file, bytes, {
    contentType: 'video/test',
    customMetadata: { take: '1' },
  });
  const progress: number[] = [];
  const states = new Set<string>();
  let isCut = false;
  task.on('state_changed', ({ bytesTransferred, state }) => {
    states.add(state);
    progress.push(bytesTransferred);
    // In the middle of it, each once.
    if (bytesTransferred > 5 * MIB && !states.has('paused')) {
      task.pause();
      setTimeout(() => task.resume(), 50);
    } else if (bytesTransferred > 20 * MIB && !isCut) {
      isCut = true;
      network.cut();
      setTimeout(() => network.restore(), 300);
    }
  });
  const { metadata } = await task;
  expect(states).toContain('paused');
  expect(isCut).toBe(true);
  expect(task.snapshot.state).toBe('success');
  progress.push(task.snapshot.bytesTransferred);
  expect(progress.at(-1)).toBe(bytes.length);
  expect(progress.filter((n) => n > 0 && n < bytes.length).length).toBeGreaterThan(2);
  expect(metadata).toMatchObject({
    size: bytes.length,
    contentType: 'video/test',
    customMetadata: { take: '1' },
  });

  expect(Buffer.from(await getBytes(file)).equals(bytes)).toBe(true);
  const url = await getDownloadURL(file);
  const part = await fetch(url, { headers: { range: 'bytes=1000000-1000009' } });
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1_000_000, 1_000_010))).toBe(true);
  const folder = ref(storage, `users/${uid}/videos`);
  expect((await listAll(folder)).items.map(({ name }) => name)).toEqual(['large.bin']);

  const other = storageApp({ project });
  await signUp(other.auth);
  const theirs = ref(other.storage, file.fullPath);
  await expect(getBytes(theirs)).rejects.toMatchObject(refused);
  await expect(getDownloadURL(theirs)).rejects.toMatchObject(refused);
  await expect(listAll(ref(other.storage, folder.fullPath))).rejects.toMatchObject(refused);
  await expect(uploadBytes(theirs, new Uint8Array(3))).rejects.toMatchObject(refused);
  await expect(updateMetadata(theirs, { contentType: 'a/b' })).rejects.toMatchObject(refused);
  await expect(deleteObject(theirs)).rejects.toMatchObject(refused);
  // Whoever was given the URL may read, as with Firebase.
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);

  await deleteObject(file);
  await expect(getMetadata(file)).rejects.toMatchObject({ code: 'storage/object-not-found' });
  expect((await fetch(url)).status).toBe(403);
});

test('other rules hold from the next request on, also for an upload that has begun', async () => {
  const { project, auth, storage } = storageApp();
  await deployStorageRules(project, OWN_FILES);
  const uid = await signUp(auth);
  const file = ref(storage, `users/${uid}/a.txt`);
  const begun = uploadBytesResumable(file, randomBytes(3 * MIB));
  await new Promise<void>((resolve) => {
    const stop = begun.on('state_changed', ({ bytesTransferred }) => {
      if (bytesTransferred === 0) return;
      stop();
      begun.pause();
      resolve();
    });
  });
  const small = 'allow write: if request.auth != null && request.resource.size < 10;';
  await deployStorageRules(project, `match /{file=**} { allow read: if request.auth != null; ${small} }`);
  begun.resume();
  await expect(begun).rejects.toMatchObject(refused);
  await expect(getMetadata(file)).rejects.toMatchObject({ code: 'storage/object-not-found' });
  await expect(uploadString(file, 'more than ten')).rejects.toMatchObject(refused);
  await uploadString(file, 'few');
  await deployStorageRules(project, 'match /nothing { allow read; }');
  await expect(getMetadata(file)).rejects.toMatchObject(refused);
});

test('small files: strings, metadata, folders, pages', async () => {
  const { storage } = storageApp({ as: 'owner' });
  const names = ['a.txt', 'b.txt', 'sub/c.txt', 'sub/ü 1.txt'];
  for (const name of names) await uploadString(ref(storage, name), `content of ${name}`);
  const root = await listAll(ref(storage));
  expect(root.items.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
  expect(root.prefixes.map(({ name }) => name)).toEqual(['sub']);
  const first = await list(ref(storage), { maxResults: 2 });
  expect(first.nextPageToken).toBeTypeOf('string');
  const second = await list(ref(storage), { maxResults: 2, pageToken: first.nextPageToken });
  expect(second.prefixes.map(({ fullPath }) => fullPath)).toEqual(['sub']);
  const file = ref(storage, 'sub/ü 1.txt');
  const updated = await updateMetadata(file, { cacheControl: 'max-age=1', customMetadata: { k: 'v' } });
  expect(updated).toMatchObject({ cacheControl: 'max-age=1', customMetadata: { k: 'v' } });
  expect(Buffer.from(await getBytes(file, 7)).toString()).toBe('content');
});
