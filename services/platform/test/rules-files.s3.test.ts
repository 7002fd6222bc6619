import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMinio } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT, type Production, send, startProduction } from './support/production.ts';

const rules = (service: string, match: string, condition: string): string =>
  `rules_version = '2'; service ${service} { match ${match} { allow read, write: if ${condition}; } }`;
const documentRules = (condition: string) =>
  rules('cloud.firestore', '/databases/{database}/documents/{path=**}', condition);
const fileRules = (condition: string) => rules('firebase.storage', '/b/{bucket}/o/{path=**}', condition);

let folder: string;
let paths: { documents: string; files: string };
let platform: Production;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telestack-rules-'));
  paths = { documents: join(folder, 'firestore.rules'), files: join(folder, 'storage.rules') };
  await writeFile(paths.documents, documentRules('false'));
  await writeFile(paths.files, fileRules('false'));
  const { endpoint, region, accessKey, secretKey } = await startMinio();
  platform = await startProduction({
    TELESTACK_PROFILE: 'dev',
    RULES_FILE: paths.documents,
    STORAGE_RULES_FILE: paths.files,
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
    S3_ADDRESS_STYLE: 'path',
    S3_BUCKET_PREFIX: `rules-files-${process.pid}-`,
  });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const status = async (method: string, path: string): Promise<number> =>
  (await send(platform.address, method, path, { headers: { 'content-type': 'text/plain' } })).status;
const createFile = () => status('POST', `/v0/b/${PROJECT}.appspot.com/o?name=a.txt`);
const getDocument = () => status('GET', `/v1/projects/${PROJECT}/databases/(default)/documents/notes/a`);

test('files of rules decide from the start, and again when they change, each about its own', async () => {
  expect([await createFile(), await getDocument()]).toEqual([403, 403]);
  await writeFile(paths.files, fileRules('request.resource.size == 0'));
  await expect.poll(createFile, { timeout: 5_000 }).toBe(200);
  expect(await getDocument()).toBe(403);
  await writeFile(paths.documents, documentRules('true'));
  await expect.poll(getDocument, { timeout: 5_000 }).toBe(404);
  await writeFile(paths.files, fileRules('request.resource.size =='));
  await expect
    .poll(() => platform.logged.join('\n'), { timeout: 5_000 })
    .toMatch(/storage\.rules is refused.*L1:/);
  expect(await createFile()).toBe(200);
});
