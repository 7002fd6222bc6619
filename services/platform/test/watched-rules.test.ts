import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startNats, type TestDatabase, uniqueStream } from '@telestack/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningServices, startServices } from '../src/index.ts';
import { releasesClient } from '../src/rules/releases-client.ts';
import { type WatchedRules, watchRules } from '../src/rules/watched-rules.ts';

let database: TestDatabase;
let services: RunningServices;
let folder: string;
let watched: WatchedRules | undefined;
let projects = 0;

beforeAll(async () => {
  database = await createDatabase();
  const environment = {
    ...{ DATABASE_URL: database.url, NATS_URL: await startNats(), PORT: '0', TELESTACK_PROFILE: 'dev' },
    STREAM_NAME: uniqueStream('rules').name,
  };
  services = await startServices(environment, () => {});
});
afterAll(async () => {
  await services.close();
  await database.drop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-rules-'));
});
afterEach(async () => {
  await watched?.close();
  watched = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const rules = (condition: string) => `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /a/{id} { allow read: if ${condition}; }
  }
}`;

async function start(source: string) {
  const project = `watched-${projects++}`;
  const file = join(folder, 'firestore.rules');
  writeFileSync(file, source);
  const logged: string[] = [];
  const http = services.endpoints.http!;
  watched = await watchRules({
    ...{ file, release: 'cloud.firestore', releases: releasesClient(http, project), intervalMs: 10 },
    log: (line) => logged.push(line),
  });
  const url = `${http}/v1/projects/${project}/databases/(default)/documents/a/b`;
  /** 404: allowed, and not there. */
  const mayRead = async () => (await fetch(url)).status === 404;
  return { project, file, logged, mayRead };
}

/** As editors save: another file takes the place of the old one. */
function replace(file: string, source: string): void {
  writeFileSync(`${file}.new`, source);
  renameSync(`${file}.new`, file);
}

test('rules are in force at once, and after each change, however the file is written', async () => {
  const { file, logged, mayRead } = await start(rules('false'));
  expect(await mayRead()).toBe(false);
  replace(file, rules('true'));
  await expect.poll(mayRead).toBe(true);
  rmSync(file);
  writeFileSync(file, rules('false'));
  await expect.poll(mayRead).toBe(false);
  replace(file, rules('1 == 1'));
  await expect.poll(mayRead).toBe(true);
  expect(logged).toHaveLength(4);
});

test('what does not compile is told with line and column, once, and changes nothing', async () => {
  const { file, logged, mayRead } = await start(rules('true'));
  replace(file, rules('true &&'));
  await expect.poll(() => logged.length).toBe(2);
  expect(logged[1]).toMatch(/firestore\.rules: .*L4:43 /);
  expect(logged[1]).toContain('stay in force');
  expect(await mayRead()).toBe(true);
  replace(file, rules('false'));
  await expect.poll(mayRead).toBe(false);
  expect(logged).toHaveLength(3);
});

test('nothing starts with rules that are not there or do not compile', async () => {
  await expect(start('service {')).rejects.toThrow(/firestore\.rules: .*1:/);
  const releases = releasesClient(services.endpoints.http!, 'watched');
  const missing = { file: join(folder, 'none.rules'), release: 'cloud.firestore', releases, log: () => {} };
  await expect(watchRules(missing)).rejects.toThrow(/cannot be read/);
});

test('rules that are in force already are not deployed again', async () => {
  const { project, file } = await start(rules('true'));
  const releases = releasesClient(services.endpoints.http!, project);
  expect(await releases.deploy('cloud.firestore', file, rules('true'))).toBe(false);
  expect(await releases.deploy('cloud.firestore', file, rules('false'))).toBe(true);
});
