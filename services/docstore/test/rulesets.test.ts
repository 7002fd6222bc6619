import { AuditLog } from '@telestack/audit';
import { Code } from '@telestack/errors';
import { ADMIN, type CallContext, type Principal } from '@telestack/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rulesets } from '../src/access/rulesets.ts';
import { rulesHandlers } from '../src/access/service.ts';
import { openStore } from './setup.ts';

const source = (who: string) =>
  `service firebase.storage { match /b/{b}/o { match /{p=**} { allow read: if request.auth.uid == '${who}'; } } }`;

let store: Awaited<ReturnType<typeof openStore>>;
let access: ReturnType<typeof rulesHandlers>;
beforeAll(async () => {
  store = await openStore();
  access = rulesHandlers(new Rulesets(store.database), new AuditLog(store.database, 'telestack', () => {}));
});
afterAll(() => store[Symbol.asyncDispose]());

const as = (principal: Principal): CallContext => ({ principal, signal: new AbortController().signal });

async function release(project: string, id: string, content: string): Promise<string> {
  const file = { name: 'storage.rules', content };
  const ruleset = await access.createRuleset({ project, file }, as(ADMIN));
  await access.setRelease({ project, id, rulesetId: ruleset.id }, as(ADMIN));
  return ruleset.id;
}

const find = (candidates: [string, string][], knownId = '', principal = ADMIN) =>
  access.findRuleset(
    { candidates: candidates.map(([project, id]) => ({ project, id })), knownId },
    as(principal),
  );

test('the first release that exists says which ruleset it is, with its source unless that is known', async () => {
  expect(await find([['a', 'firebase.storage/b']])).toEqual({ rulesetId: '', file: undefined });
  const general = await release('a', 'firebase.storage', source('general'));
  const candidates: [string, string][] = [
    ['a', 'firebase.storage/b'],
    ['a', 'firebase.storage'],
  ];
  expect(await find(candidates)).toMatchObject({
    rulesetId: general,
    file: { name: 'storage.rules', content: source('general') },
  });
  const own = await release('a', 'firebase.storage/b', source('own'));
  expect((await find(candidates, general)).file?.content).toBe(source('own'));
  expect(await find(candidates, own)).toEqual({ rulesetId: own, file: undefined });
  await access.deleteRelease({ project: 'a', id: 'firebase.storage/b' }, as(ADMIN));
  expect((await find(candidates, own)).rulesetId).toBe(general);
});

test('rules of one project are for its administrators', async () => {
  await release('c', 'firebase.storage', source('c'));
  const principal: Principal = { kind: 'admin', project: 'd' };
  const refused = { code: Code.PERMISSION_DENIED };
  await expect(find([['c', 'firebase.storage']], '', principal)).rejects.toMatchObject(refused);
  expect((await find([['d', 'firebase.storage']], '', principal)).rulesetId).toBe('');
});

test('a release is of one of the two services', async () => {
  const refused = { code: Code.INVALID_ARGUMENT };
  for (const id of ['firebase.storage/a/b', 'firebase.storages', 'cloud.firestore/', 'other'])
    await expect(release('e', id, source('e'))).rejects.toMatchObject(refused);
});
