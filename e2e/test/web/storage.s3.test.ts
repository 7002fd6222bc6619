import { randomBytes } from 'node:crypto';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  connectStorageEmulator,
  deleteObject,
  type FirebaseStorage,
  getBytes,
  getDownloadURL,
  getMetadata,
  getStorage,
  list,
  listAll,
  ref,
  updateMetadata,
  uploadBytes,
  uploadBytesResumable,
  uploadString,
} from 'firebase/storage';
import { expect, inject, onTestFinished, test as plain } from 'vitest';
import { freshProject, hostAndPort } from '../support/target.ts';

// Google's emulators have no files on the port of documents.
const test = plain.skipIf(inject('target') === '' || inject('emulator'));

let apps = 0;

/** A client with Firebase's documented way to name an endpoint; `token` is what its requests carry. */
function storage(token?: 'owner'): FirebaseStorage {
  const projectId = freshProject();
  const app = initializeApp(
    { projectId, apiKey: 'not-used', storageBucket: `${projectId}.appspot.com` },
    `storage-${apps++}`,
  );
  const service = getStorage(app);
  const { host, port } = hostAndPort();
  connectStorageEmulator(service, host, port, token === undefined ? {} : { mockUserToken: token });
  service.maxOperationRetryTime = 10_000;
  service.maxUploadRetryTime = 20_000;
  onTestFinished(() => deleteApp(app));
  return service;
}

const MIB = 1024 * 1024;

test('50 MiB: upload with progress, interrupted and resumed; download, list, delete', async () => {
  const service = storage('owner');
  const bytes = randomBytes(50 * MIB);
  const file = ref(service, 'videos/large.bin');
  const task = uploadBytesResumable(file, bytes, {
    contentType: 'video/test',
    customMetadata: { take: '1' },
  });
  const progress: number[] = [];
  const states = new Set<string>();
  task.on('state_changed', ({ bytesTransferred, state }) => {
    states.add(state);
    progress.push(bytesTransferred);
    // In the middle of it, once.
    if (bytesTransferred > 5 * MIB && !states.has('paused')) {
      task.pause();
      setTimeout(() => task.resume(), 50);
    }
  });
  const { metadata } = await task;
  expect(states).toContain('paused');
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
  expect((await listAll(ref(service, 'videos'))).items.map(({ fullPath }) => fullPath)).toEqual([
    'videos/large.bin',
  ]);
  await deleteObject(file);
  await expect(getMetadata(file)).rejects.toMatchObject({ code: 'storage/object-not-found' });
  expect((await fetch(url)).status).toBe(403);
});

test('small files: strings, metadata, folders, pages', async () => {
  const service = storage('owner');
  const names = ['a.txt', 'b.txt', 'sub/c.txt', 'sub/ü 1.txt'];
  for (const name of names) await uploadString(ref(service, name), `content of ${name}`);
  const root = await listAll(ref(service));
  expect(root.items.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
  expect(root.prefixes.map(({ name }) => name)).toEqual(['sub']);
  const first = await list(ref(service), { maxResults: 2 });
  expect(first.nextPageToken).toBeTypeOf('string');
  const second = await list(ref(service), { maxResults: 2, pageToken: first.nextPageToken });
  expect(second.prefixes.map(({ fullPath }) => fullPath)).toEqual(['sub']);
  const file = ref(service, 'sub/ü 1.txt');
  const updated = await updateMetadata(file, { cacheControl: 'max-age=1', customMetadata: { k: 'v' } });
  expect(updated).toMatchObject({ cacheControl: 'max-age=1', customMetadata: { k: 'v' } });
  expect(Buffer.from(await getBytes(file, 7)).toString()).toBe('content');
});

test('without rules, a file is for administrators alone', async () => {
  const file = ref(storage(), 'refused.txt');
  await expect(uploadBytes(file, new Uint8Array(3))).rejects.toMatchObject({ code: 'storage/unauthorized' });
  await expect(getBytes(file)).rejects.toMatchObject({ code: 'storage/unauthorized' });
});
