import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog } from '@telestack/audit';
import type { IndexSpec } from '@telestack/query';
import { ADMIN, type CallContext } from '@telestack/rpc';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CollectionSettings } from '../src/access/collection-settings.ts';
import { Releases } from '../src/access/releases.ts';
import { Rulesets } from '../src/access/rulesets.ts';
import { startSettingsFiles } from '../src/access/settings-files.ts';
import { settingsHandlers } from '../src/access/settings-handlers.ts';
import { calledBy } from './docstore.ts';
import { openStore, type TestStore } from './setup.ts';

let store: TestStore;
let settings: CollectionSettings;
let releases: Releases;
let folder: string;
beforeAll(async () => {
  store = await openStore();
  settings = new CollectionSettings(store.database);
  const rulesets = new Rulesets(store.database);
  releases = new Releases({ connectionString: store.test.url, rulesets, withoutRules: 'closed' });
  folder = await mkdtemp(join(tmpdir(), 'telestack-settings-'));
});
afterAll(async () => {
  await releases.close();
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

let projects = 0;
let project: string;
beforeEach(() => {
  project = `p${++projects}`;
});

const OWNED = '[{"collection":"notes","access":"owner"}]';
const name = (kind: 'policies' | 'schemas', databaseId = '(default)') => ({ project, databaseId, kind });
const inForce = (databaseId = '(default)') => releases.for(`${project}/${databaseId}`);

test('what is set is in force for its database as soon as it is heard of, and takes its place among the commits', async () => {
  expect((await inForce()).policies.size).toBe(0);
  const before = await inForce();
  await settings.set(name('policies'), OWNED);
  await eventually(async () => (await inForce()).policies.has('notes'));
  const after = await inForce();
  expect(after.time).toBeGreaterThan(before.time);
  expect(after.id).not.toBe(before.id);
  expect((await inForce('other')).policies.size).toBe(0);
  await settings.set(name('schemas'), '{"notes":{"maxProperties":3}}');
  await eventually(async () => (await inForce()).schemas?.isEmpty === false);
  expect((await inForce()).policies.has('notes')).toBe(true);
});

test('what is bad changes nothing', async () => {
  await settings.set(name('policies'), OWNED);
  await expect(settings.set(name('policies'), '[{}]')).rejects.toThrow('policies[0].collection');
  await expect(settings.set(name('schemas'), '{"a":{"type":"text"}}')).rejects.toThrow('Schema of "a"');
  expect((await settings.get(name('policies'))).content).toBe(OWNED);
  expect((await settings.get(name('schemas'))).content).toBe('{}');
});

const filesFor = (
  given: Partial<Record<'folder' | 'rules' | 'storageRules' | 'policies' | 'schemas' | 'indexes', string>>,
  messages: string[] = [],
  declared: IndexSpec[] = [],
) => {
  const log = (message: string, error?: unknown) =>
    messages.push(error instanceof Error ? `${message} ${error.message}` : message);
  const audit = new AuditLog(store.database, 'telestack', log);
  const rulesets = new Rulesets(store.database);
  const declareIndexes = (specs: readonly IndexSpec[]) => declared.push(...specs);
  return startSettingsFiles({ ...given, project, settings, rulesets, audit, log, declareIndexes });
};

test('a watched file is in force, and again when it has changed; a bad one is refused and the old one stays', async () => {
  const path = join(folder, `${project}.json`);
  await writeFile(path, OWNED);
  const messages: string[] = [];
  const files = await filesFor({ policies: path }, messages);
  try {
    expect((await settings.get(name('policies'))).content).toBe(OWNED);
    await writeFile(path, '[{"collection":"notes","access":"nobody in particular"}]');
    await eventually(() => messages.some((message) => /refused.*policies\[0\]\.access/.test(message)));
    expect((await settings.get(name('policies'))).content).toBe(OWNED);
    await writeFile(path, '[{"collection":"lists","access":"public-read"}]');
    await eventually(async () => (await inForce()).policies.has('lists'));
  } finally {
    await files.close();
  }
});

const rulesOf = (condition: string) =>
  `service cloud.firestore { match /databases/{d}/documents/{path=**} { allow read: if ${condition}; } }`;
test('a file of rules is in force, and again however an editor writes it; what does not compile is told with its place', async () => {
  const path = join(folder, `${project}.rules`);
  await writeFile(path, rulesOf('false'));
  const messages: string[] = [];
  const files = await filesFor({ rules: path }, messages);
  try {
    await eventually(async () => typeof (await inForce()).rules === 'object');
    const before = (await inForce()).id;
    await writeFile(`${path}.new`, rulesOf('true &&'));
    await rename(`${path}.new`, path);
    await eventually(() => messages.some((message) => /refused.*L1:/.test(message)));
    expect((await inForce()).id).toBe(before);
    await rm(path);
    await writeFile(path, rulesOf('true'));
    await eventually(async () => (await inForce()).id !== before);
  } finally {
    await files.close();
  }
});

const INDEXES = JSON.stringify({ indexes: [{ collectionGroup: 'c', fields: [{ fieldPath: 'n' }] }] });
test('a file of indexes is looked at, and again when it has changed', async () => {
  const path = join(folder, `${project}.indexes.json`);
  await writeFile(path, INDEXES);
  const [messages, declared]: [string[], IndexSpec[]] = [[], []];
  const files = await filesFor({ indexes: path }, messages, declared);
  try {
    expect(declared).toMatchObject([{ collectionId: 'c', scope: 'collection' }]);
    await writeFile(path, INDEXES.replace('"c"', '"d/e"'));
    await eventually(() =>
      messages.some((message) => /refused.*indexes\[0\]\.collectionGroup/.test(message)),
    );
    await writeFile(path, INDEXES.replace('"c"', '"d"'));
    await eventually(() => declared.some(({ collectionId }) => collectionId === 'd'));
  } finally {
    await files.close();
  }
});

test('nothing starts with a file that is not there, or is wrong', async () => {
  await expect(filesFor({ rules: join(folder, 'none.rules') }, [])).rejects.toThrow(/none\.rules: .*ENOENT/);
  const path = join(folder, `${project}.wrong`);
  await writeFile(path, 'service {');
  await expect(filesFor({ storageRules: path }, [])).rejects.toThrow(/\.wrong: .*1:/);
});

test('the operator’s folder is read for every database', async () => {
  const databases = [
    { name: '(default)', policies: [{ collection: 'notes', access: 'PublicRead' }] },
    { name: 'second', policies: [{ collection: 'payroll', access: 'Role', role: 'staff' }] },
    { name: 'third', policies: [] },
  ];
  const write = (file: string, content: string) => writeFile(join(folder, file), content);
  await write('databases.json', JSON.stringify(databases));
  await write('default.schemas.json', '{"notes":{"maxProperties":3}}');
  await write(
    'second.firestore.rules',
    'service cloud.firestore { match /databases/{d}/documents/{path=**} { allow read: if false; } }',
  );
  await write('third.schemas.json', '{"notes":{"maxProperties":"3"}}');
  await write('second.firestore.indexes.json', INDEXES);
  await write('third.firestore.indexes.json', '{');
  const [messages, declared]: [string[], IndexSpec[]] = [[], []];
  await settings.set(name('policies', 'third'), OWNED);
  await (await filesFor({ folder }, messages, declared)).close();
  expect(declared).toHaveLength(1);
  expect(messages.join()).toContain('third.firestore.indexes.json is refused');
  await eventually(async () => (await inForce()).policies.get('notes')?.read.kind === 'everybody');
  expect((await inForce()).schemas?.isEmpty).toBe(false);
  await eventually(async () => typeof (await inForce('second')).rules === 'object');
  expect((await inForce('second')).policies.get('payroll')?.write).toEqual({ kind: 'role', role: 'staff' });
  // What was set through the API is not taken back by a file that says nothing.
  expect((await settings.get(name('policies', 'third'))).content).toBe(OWNED);
  expect(messages.join()).toContain('third.schemas.json is refused');
  // The same again changes nothing.
  const { id } = await inForce();
  await (await filesFor({ folder })).close();
  expect((await new Rulesets(store.database).list(project, 10, undefined)).length).toBe(1);
  expect((await inForce()).id).toBe(id);
});

test('only administrators of the project may look at settings and change them, and it is written down', async () => {
  const audit = new AuditLog(store.database, 'telestack', () => {});
  const handlers = settingsHandlers(store.database, settings, audit);
  const content = { ...name('policies'), content: OWNED, updateTime: undefined };
  const by = (principal: CallContext['principal']) => ({ ...calledBy(), principal });
  const strangers = [
    by({ kind: 'admin', project: 'another' }),
    by({ kind: 'user', uid: 'ann', claims: { roles: ['admin'] }, project }),
    calledBy(),
  ];
  for (const who of strangers) {
    await expect(handlers.setCollectionSettings(content, who)).rejects.toThrow('administrators');
    await expect(handlers.getCollectionSettings(name('policies'), who)).rejects.toThrow('administrators');
    await expect(handlers.listAuditEntries({ project, before: '' }, who)).rejects.toThrow('administrators');
    await expect(
      handlers.checkDocuments(
        { project, databaseId: 'd', collectionId: 'c', schema: '{}', pageSize: 0, pageToken: '' },
        who,
      ),
    ).rejects.toThrow('administrators');
  }
  await handlers.setCollectionSettings(content, by({ kind: 'admin', project, account: 'ops@p' }));
  const { entries } = await handlers.listAuditEntries({ project, before: '' }, by(ADMIN));
  expect(entries).toMatchObject([{ actor: 'ops@p', action: 'policies.set', target: 'databases/(default)' }]);
});
