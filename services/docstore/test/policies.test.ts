import { Code } from '@telestack/errors';
import type { ReadTargetResponse } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicies } from '../src/policies/parse.ts';
import { listCollectionIds } from '../src/rpc/list-collection-ids.ts';
import { readTarget } from '../src/rpc/read-target.ts';
import { calledBy, context, openDocstore, outlet, type TestDocstore } from './docstore.ts';
import { count, get, patch, queryOf, remove, run, send, set, verify } from './requests.ts';

const POLICIES = JSON.stringify([
  { collection: 'notes', access: 'owner' },
  { collection: 'lists', access: 'authenticated' },
  { collection: 'news', access: 'public-read' },
  { collection: 'config', access: 'admin' },
  { collection: 'payroll', access: 'Role', role: 'staff' },
  { collection: 'posts', read: 'everybody', write: 'owner' },
]);
const RULES = `service cloud.firestore { match /databases/{d}/documents {
  match /notes/{id} {
    allow read: if resource == null || resource.data.owner_id == request.auth.uid;
    allow write: if request.resource.data.size() < 3;
  }
  match /other/{id} { allow read, write: if true; }
} }`;

const DENIED = expect.objectContaining({ code: Code.PERMISSION_DENIED });
const ann = calledBy('ann');
const bob = calledBy('bob');
const nobody = calledBy();
const admin = context();
const root = 'projects/p/databases/d';
const doc = (path: string) => `${root}/documents/${path}`;

let alone: TestDocstore;
let withRules: TestDocstore;
beforeAll(async () => {
  [alone, withRules] = await Promise.all([
    openDocstore(undefined, { policies: POLICIES, withoutRules: 'closed' }),
    openDocstore(RULES, { policies: POLICIES }),
  ]);
});
afterAll(() => Promise.all([alone[Symbol.asyncDispose](), withRules[Symbol.asyncDispose]()]));
const docstore = () => alone.replicas[0]!;
const ruled = () => withRules.replicas[0]!;
const documents = `${root}/documents`;

describe('owner', () => {
  test('a new document is its writer’s, and nobody else’s', async () => {
    await send(docstore(), ann, root, set(doc('notes/a1'), { text: 'hi' }));
    expect(await get(docstore(), ann, doc('notes/a1'))).toEqual({ text: 'hi', owner_id: 'ann' });
    await expect(get(docstore(), bob, doc('notes/a1'))).rejects.toEqual(DENIED);
    await expect(get(docstore(), nobody, doc('notes/a1'))).rejects.toEqual(DENIED);
    for (const write of [
      set(doc('notes/a1'), { owner_id: 'bob' }),
      patch(doc('notes/a1'), { n: 1 }),
      remove(doc('notes/a1')),
      verify(doc('notes/a1'), true),
    ])
      await expect(send(docstore(), bob, root, write)).rejects.toEqual(DENIED);
    await expect(send(docstore(), nobody, root, set(doc('notes/a2'), {}))).rejects.toEqual(DENIED);
    await send(docstore(), ann, root, remove(doc('notes/a1')));
    await expect(get(docstore(), ann, doc('notes/a1'))).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  test('stays the same: who owns a document does not give it away, and keeps it when he writes it anew', async () => {
    await send(docstore(), ann, root, set(doc('notes/b1'), { owner_id: 'ann' }));
    await expect(send(docstore(), ann, root, patch(doc('notes/b1'), { owner_id: 'bob' }))).rejects.toEqual(
      DENIED,
    );
    await expect(send(docstore(), ann, root, set(doc('notes/b2'), { owner_id: 'bob' }))).rejects.toEqual(
      DENIED,
    );
    await send(docstore(), ann, root, set(doc('notes/b1'), { text: 'anew' }));
    expect(await get(docstore(), ann, doc('notes/b1'))).toEqual({ text: 'anew', owner_id: 'ann' });
    const { rows } = await docstore().database.query(
      "SELECT owner_id FROM telestack.documents WHERE document_id = 'b1'",
    );
    expect(rows).toEqual([{ owner_id: 'ann' }]);
  });

  test('a document that has none is nobody’s', async () => {
    await send(docstore(), admin, root, set(doc('notes/c1'), { text: 'by the server' }));
    await expect(get(docstore(), ann, doc('notes/c1'))).rejects.toEqual(DENIED);
    await expect(send(docstore(), ann, root, patch(doc('notes/c1'), { owner_id: 'ann' }))).rejects.toEqual(
      DENIED,
    );
  });

  test('narrows queries, groups, counts and listeners', async () => {
    const room = `${documents}/rooms/r`;
    await send(
      docstore(),
      ann,
      root,
      set(doc('rooms/r/notes/d1'), { n: 1 }),
      set(doc('rooms/r/notes/d2'), { n: 2 }),
    );
    await send(docstore(), bob, root, set(doc('rooms/r/notes/d3'), { n: 1 }));
    await send(docstore(), admin, root, set(doc('rooms/r/notes/d4'), { n: 1 }));
    expect(await run(docstore(), ann, room, queryOf('notes'))).toEqual(['d1', 'd2']);
    expect(await run(docstore(), ann, room, queryOf('notes', false, { n: 1 }))).toEqual(['d1']);
    expect(await run(docstore(), ann, room, queryOf('notes', false, { owner_id: 'bob' }))).toEqual([]);
    expect(await run(docstore(), bob, documents, queryOf('notes', true))).toEqual(['d3']);
    expect(await count(docstore(), ann, room, queryOf('notes'))).toBe(2);
    await expect(run(docstore(), nobody, room, queryOf('notes'))).rejects.toEqual(DENIED);
    const out = outlet<ReadTargetResponse>();
    const query = { $case: 'query' as const, query: queryOf('notes') };
    const request = {
      parent: room,
      target: query,
      readTime: undefined,
      releasedTime: undefined,
      namesOnly: false,
    };
    await readTarget(docstore(), request, ann, out);
    expect(out.messages[0]!.documents).toHaveLength(2);
    expect(out.messages[0]!.access).toMatchObject({ owner: 'ann' });
  });
});

test('authenticated: every user, and nobody else', async () => {
  await send(docstore(), ann, root, set(doc('lists/1'), {}));
  await send(docstore(), bob, root, patch(doc('lists/1'), { n: 1 }));
  expect(await run(docstore(), bob, documents, queryOf('lists'))).toEqual(['1']);
  await expect(get(docstore(), nobody, doc('lists/1'))).rejects.toEqual(DENIED);
  await expect(send(docstore(), nobody, root, set(doc('lists/2'), {}))).rejects.toEqual(DENIED);
});

test('public-read: everybody reads, no user writes', async () => {
  await send(docstore(), admin, root, set(doc('news/1'), {}));
  expect(await run(docstore(), nobody, documents, queryOf('news'))).toEqual(['1']);
  await expect(send(docstore(), ann, root, remove(doc('news/1')))).rejects.toEqual(DENIED);
});

test('admin: only that role writes, and users read', async () => {
  for (const claims of [{ roles: ['editor', 'admin'] }, { role: 'admin' }])
    await send(docstore(), calledBy('root', claims), root, set(doc('config/1'), {}));
  for (const claims of [{}, { roles: ['editor'] }, { role: 'editor' }, { admin: true, roles: 'admin' }])
    await expect(send(docstore(), calledBy('ann', claims), root, set(doc('config/1'), {}))).rejects.toEqual(
      DENIED,
    );
  expect(await get(docstore(), ann, doc('config/1'))).toEqual({});
  await expect(get(docstore(), nobody, doc('config/1'))).rejects.toEqual(DENIED);
});

test('role: only who has it reads and writes', async () => {
  const staff = calledBy('eve', { roles: ['staff'] });
  await send(docstore(), staff, root, set(doc('payroll/1'), {}));
  expect(await get(docstore(), staff, doc('payroll/1'))).toEqual({});
  await expect(get(docstore(), ann, doc('payroll/1'))).rejects.toEqual(DENIED);
});

test('reading and writing can differ', async () => {
  await send(docstore(), ann, root, set(doc('posts/1'), { text: 'a' }));
  expect(await get(docstore(), nobody, doc('posts/1'))).toEqual({ text: 'a', owner_id: 'ann' });
  expect(await run(docstore(), bob, documents, queryOf('posts'))).toEqual(['1']);
  await expect(send(docstore(), bob, root, patch(doc('posts/1'), { text: 'b' }))).rejects.toEqual(DENIED);
});

test('where there is no policy and no rule, there is nothing', async () => {
  await expect(get(docstore(), ann, doc('other/1'))).rejects.toEqual(DENIED);
  await expect(send(docstore(), ann, root, set(doc('other/1'), {}))).rejects.toEqual(DENIED);
  await expect(run(docstore(), ann, documents, queryOf('', true))).rejects.toEqual(DENIED);
  const request = { parent: documents, pageSize: 0, pageToken: '', consistencySelector: undefined };
  await expect(listCollectionIds(docstore(), request, ann)).rejects.toEqual(DENIED);
});

test('with rules, both have to allow', async () => {
  await send(ruled(), ann, root, set(doc('notes/1'), { text: 'a' }));
  // The policy allows, the rules do not.
  await expect(send(ruled(), ann, root, set(doc('notes/2'), { a: 1, b: 2 }))).rejects.toEqual(DENIED);
  await expect(send(ruled(), ann, root, set(doc('lists/1'), {}))).rejects.toEqual(DENIED);
  // The rules allow, the policy does not.
  await expect(send(ruled(), bob, root, set(doc('notes/1'), {}))).rejects.toEqual(DENIED);
  // Rules alone.
  await send(ruled(), nobody, root, set(doc('other/1'), {}));
  // What the policy narrows a query to is what the rules have to prove.
  expect(await run(ruled(), ann, documents, queryOf('notes'))).toEqual(['1']);
});

test.each([
  ['{}', 'Policies must be a list'],
  ['[', 'Policies must be JSON'],
  ['[{"collection":"a","access":"mine"}]', 'policies[0].access must be'],
  ['[{"collection":"a/b","access":"owner"}]', 'policies[0].collection must be'],
  [
    '[{"collection":"a","access":"owner"},{"collection":"a","access":"owner"}]',
    'policies[1]: "a" has a policy already',
  ],
  ['[{"collection":"a","access":"role"}]', 'policies[0].role must be'],
  ['[{"collection":"a","access":"owner","role":"x"}]', 'policies[0].role goes with'],
  ['[{"collection":"a","read":"owner"}]', 'policies[0].write must be'],
  ['[{"collection":"a","acess":"owner"}]', '"acess"'],
])('a bad policy is refused with its cause: %s', (text, cause) => {
  expect(() => parsePolicies(text)).toThrow(cause);
});
