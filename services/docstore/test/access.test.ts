import { Code } from '@telestack/errors';
import { RunQueryRequest, type RunQueryResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import {
  StructuredQuery,
  StructuredQuery_FieldFilter_Operator,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import type { CallContext } from '@telestack/rpc';
import type { Fields, Json } from '@telestack/values';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchGetDocuments } from '../src/rpc/batch-get-documents.ts';
import { batchWrite } from '../src/rpc/batch-write.ts';
import { commit } from '../src/rpc/commit.ts';
import { getDocument } from '../src/rpc/get-document.ts';
import { listCollectionIds } from '../src/rpc/list-collection-ids.ts';
import { runQueryRpc } from '../src/rpc/run-query.ts';
import { calledBy, context, openDocstore, outlet, type TestDocstore } from './docstore.ts';

const RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function isMember(room) {
      return exists(/databases/$(database)/documents/rooms/$(room)/members/$(request.auth.uid));
    }
    match /notes/{id} {
      allow create: if request.resource.data.owner == request.auth.uid;
      allow get, delete: if resource.data.owner == request.auth.uid;
      allow update: if resource.data.owner == request.auth.uid && request.resource.data.owner == resource.data.owner
        && request.resource.data.at == request.time;
    }
    match /rooms/{room} {
      allow create: if existsAfter(/databases/$(database)/documents/rooms/$(room)/members/$(request.auth.uid));
      match /members/{uid} {
        allow create: if uid == request.auth.uid && !exists(/databases/$(database)/documents/rooms/$(room));
      }
      match /messages/{id} {
        allow get, create: if isMember(room);
        allow list: if isMember(room) && resource.data.hidden == false;
      }
    }
  }
}`;

let store: TestDocstore;
beforeAll(async () => {
  store = await openDocstore(RULES);
});
afterAll(() => store[Symbol.asyncDispose]());

let databases = 0;
const freshDatabase = () => `projects/p/databases/d${++databases}`;

const nothing = { updateMask: undefined, updateTransforms: [], currentDocument: undefined };
const NEW = new Uint8Array();

const set = (name: string, fields: Fields): Write => ({
  ...nothing,
  operation: { $case: 'update', update: { name, fields, createTime: undefined, updateTime: undefined } },
});
const remove = (name: string): Write => ({ ...nothing, operation: { $case: 'delete', delete: name } });

const send = (who: CallContext, database: string, ...writes: Write[]) =>
  commit(store.replicas[0]!, { database, writes, transaction: NEW }, who);
const get = (who: CallContext, name: string) =>
  getDocument(store.replicas[0]!, { name, mask: undefined, consistencySelector: undefined }, who);

const DENIED = expect.objectContaining({ code: Code.PERMISSION_DENIED });
const ann = calledBy('ann');
const bob = calledBy('bob');
const nobody = calledBy();
const admin = context();

test('what rules have looked at is remembered, and counts only as long as it is so', async () => {
  const database = freshDatabase();
  const room = `${database}/documents/rooms/r`;
  const member = `${room}/members/ann`;
  const [here, elsewhere] = store.replicas;
  const by = (replica: typeof here, who: CallContext, ...writes: Write[]) =>
    commit(replica!, { database, writes, transaction: NEW }, who);
  let n = 0;
  const write = () => by(here, ann, set(`${room}/messages/${n++}`, {}));
  // Remembered as missing, then as there; each time another replica makes it otherwise.
  await expect(write()).rejects.toEqual(DENIED);
  await by(elsewhere, context(), set(member, {}));
  await write();
  await write();
  await by(elsewhere, context(), remove(member));
  await expect(write()).rejects.toEqual(DENIED);
  await by(elsewhere, context(), set(member, {}));
  await Promise.all([write(), write(), write()]);
  await Promise.all([by(elsewhere, context(), remove(member)), write().catch(() => {})]);
  await expect(write()).rejects.toEqual(DENIED);
});

test('rules look at twenty documents for a request at most, whatever the number of its writes', async () => {
  const database = freshDatabase();
  const rooms = Array.from({ length: 21 }, (_, i) => `${database}/documents/rooms/r${i}`);
  await send(admin, database, ...rooms.map((room) => set(`${room}/members/ann`, {})));
  const messages = (of: readonly string[]) => of.map((room, i) => set(`${room}/messages/m${i}`, {}));
  await send(ann, database, ...messages(rooms.slice(1)));
  await expect(send(ann, database, ...messages(rooms))).rejects.toEqual(DENIED);
  await send(ann, database, ...messages(Array.from({ length: 50 }, () => rooms[0]!)));
});

describe('a single document', () => {
  test('is for its owner alone', async () => {
    const database = freshDatabase();
    const name = `${database}/documents/notes/1`;
    await expect(send(nobody, database, set(name, { owner: 'ann' }))).rejects.toEqual(DENIED);
    await expect(send(bob, database, set(name, { owner: 'ann' }))).rejects.toEqual(DENIED);
    await send(ann, database, set(name, { owner: 'ann' }));
    expect((await get(ann, name)).fields).toEqual({ owner: 'ann' });
    expect((await get(admin, name)).fields).toEqual({ owner: 'ann' });
    await expect(get(bob, name)).rejects.toEqual(DENIED);
    await expect(get(nobody, name)).rejects.toEqual(DENIED);
    await expect(send(bob, database, remove(name))).rejects.toEqual(DENIED);
    await send(ann, database, remove(name));
  });

  test('shows the rules a write with its transforms made', async () => {
    const database = freshDatabase();
    const name = `${database}/documents/notes/1`;
    await send(ann, database, set(name, { owner: 'ann' }));
    const write = set(name, { owner: 'ann' });
    await expect(send(ann, database, write)).rejects.toEqual(DENIED);
    const transformType = { $case: 'setToServerValue', setToServerValue: 1 } as const;
    await send(ann, database, { ...write, updateTransforms: [{ fieldPath: 'at', transformType }] });
  });

  test('that a caller may not write does not tell whether it exists', async () => {
    const database = freshDatabase();
    const name = `${database}/documents/notes/1`;
    const mustExist = {
      ...set(name, { owner: 'bob' }),
      currentDocument: { conditionType: { $case: 'exists' as const, exists: true } },
    };
    await expect(send(bob, database, mustExist)).rejects.toEqual(DENIED);
    await send(ann, database, set(name, { owner: 'ann' }));
    await expect(send(bob, database, mustExist)).rejects.toEqual(DENIED);
  });

  test('of a batch that is denied keeps all of them from being given', async () => {
    const database = freshDatabase();
    const [mine, other] = [`${database}/documents/notes/mine`, `${database}/documents/notes/other`];
    await send(admin, database, set(mine, { owner: 'ann' }), set(other, { owner: 'bob' }));
    const read = (who: CallContext, documents: string[]) => {
      const out = outlet<unknown>();
      const request = { database, documents, mask: undefined, consistencySelector: undefined };
      return batchGetDocuments(store.replicas[0]!, request, who, out).then(() => out.messages.length);
    };
    expect(await read(ann, [mine])).toBe(1);
    await expect(read(ann, [mine, other])).rejects.toEqual(DENIED);
  });
});

describe('a commit', () => {
  test('is denied as a whole when one of its writes is', async () => {
    const database = freshDatabase();
    const name = (id: string) => `${database}/documents/notes/${id}`;
    const writes = [set(name('1'), { owner: 'ann' }), set(name('2'), { owner: 'bob' })];
    await expect(send(ann, database, ...writes)).rejects.toEqual(DENIED);
    await expect(get(admin, name('1'))).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  test('of a batch write is for itself', async () => {
    const database = freshDatabase();
    const name = (id: string) => `${database}/documents/notes/${id}`;
    const writes = [set(name('1'), { owner: 'ann' }), set(name('2'), { owner: 'bob' })];
    const { status } = await batchWrite(store.replicas[0]!, { database, writes, labels: {} }, ann);
    expect(status.map(({ code }) => code)).toEqual([Code.OK, Code.PERMISSION_DENIED]);
  });

  test('shows the rules what it leads to', async () => {
    const database = freshDatabase();
    const room = `${database}/documents/rooms/r`;
    await expect(send(ann, database, set(room, {}))).rejects.toEqual(DENIED);
    await send(ann, database, set(room, {}), set(`${room}/members/ann`, {}));
    await expect(send(bob, database, set(`${room}/members/bob`, {}))).rejects.toEqual(DENIED);
  });

  test('and its rules are of one state: nobody writes after a right is taken away', async () => {
    const database = freshDatabase();
    const room = `${database}/documents/rooms/r`;
    const member = `${room}/members/ann`;
    await send(admin, database, set(room, {}), set(member, {}));
    let isOver = false;
    const replica = store.replicas[1]!;
    const writers = Array.from({ length: 8 }, async (_, w) => {
      for (let i = 0; !isOver; i++) {
        const write = set(`${room}/messages/${w}-${i}`, {});
        try {
          await commit(replica, { database, writes: [write], transaction: NEW }, ann);
        } catch (error) {
          expect(error).toEqual(DENIED);
          return;
        }
      }
    });
    const { commitTime } = await send(admin, database, remove(member));
    await Promise.all(writers);
    isOver = true;
    const { rows } = await store.replicas[0]!.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM telestack.documents
        WHERE database = $1 AND collection_id = 'messages' AND extract(epoch FROM update_time) * 1000000 > $2`,
      [database.replace('projects/', '').replace('/databases', ''), commitTime],
    );
    expect(rows[0]!.n).toBe(0);
  });
});

describe('a query', () => {
  const where = (field: string, value: Json): StructuredQuery['where'] => ({
    filterType: {
      $case: 'fieldFilter',
      fieldFilter: { field: { fieldPath: field }, op: StructuredQuery_FieldFilter_Operator.EQUAL, value },
    },
  });
  const run = async (who: CallContext, parent: string, filter: StructuredQuery['where']): Promise<number> => {
    const from = [{ collectionId: 'messages', allDescendants: false }];
    const out = outlet<RunQueryResponse>();
    await runQueryRpc(
      store.replicas[0]!,
      {
        ...RunQueryRequest.create(),
        parent,
        queryType: {
          $case: 'structuredQuery',
          structuredQuery: { ...StructuredQuery.create(), from, where: filter },
        },
      },
      who,
      out,
    );
    return out.messages.filter(({ document }) => document).length;
  };

  test('runs when the rules certainly allow all that it can give, and else not, whatever there is', async () => {
    const database = freshDatabase();
    const room = `${database}/documents/rooms/r`;
    await send(admin, database, set(`${room}/members/ann`, {}), set(`${room}/messages/1`, { hidden: false }));
    expect(await run(ann, room, where('hidden', false))).toBe(1);
    await expect(run(ann, room, undefined)).rejects.toEqual(DENIED);
    await expect(run(ann, room, where('hidden', true))).rejects.toEqual(DENIED);
    await expect(run(bob, room, where('hidden', false))).rejects.toEqual(DENIED);
    expect(await run(admin, room, undefined)).toBe(1);
  });
});

test('names are for administrators: no rule is about them', async () => {
  const database = freshDatabase();
  const request = {
    parent: `${database}/documents`,
    pageSize: 0,
    pageToken: '',
    consistencySelector: undefined,
  };
  await expect(listCollectionIds(store.replicas[0]!, request, ann)).rejects.toEqual(DENIED);
  await expect(listCollectionIds(store.replicas[0]!, request, admin)).resolves.toBeDefined();
});
