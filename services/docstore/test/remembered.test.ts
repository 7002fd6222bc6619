import { Code } from '@telestack/errors';
import { isConnectionError } from '@telestack/pg';
import type { Fields } from '@telestack/values';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Committer } from '../src/commit/committer.ts';
import type { Operation } from '../src/commit/operation.ts';
import { readDocuments } from '../src/read/lookup.ts';
import { key, openStore, type TestStore } from './setup.ts';

let store: TestStore;
let elsewhere: Committer;
beforeAll(async () => {
  store = await openStore();
  elsewhere = new Committer(store.database, { isConnectionError, now: () => Date.now() * 1000 });
});
afterAll(async () => {
  await elsewhere.drain();
  await store[Symbol.asyncDispose]();
});

let documents = 0;
/** A document that exists, as `{ n: 1 }`, and that the store's committer remembers. */
async function remembered() {
  const name = key(`c/${++documents}`, 'p/d');
  const by = (committer: Committer, part: Partial<Operation>) =>
    committer.commit({
      database: 'p/d',
      operations: [
        { kind: 'set', name, fields: {}, mask: [], transforms: [], expectation: undefined, ...part },
      ],
    });
  const here = (part: Partial<Operation>) => by(store.committer, part);
  const there = (part: Partial<Operation>) => by(elsewhere, part);
  const fields = async (): Promise<Fields | undefined> =>
    (await readDocuments(store.database, [name])).documents[0]?.fields;
  await here(increment);
  expect(await fields()).toEqual({ n: 1 });
  return { name, here, there, fields };
}

const increment: Partial<Operation> = {
  kind: 'patch',
  transforms: [{ field: ['n'], type: { $case: 'increment', increment: 1 } }],
};
const remove: Partial<Operation> = { kind: 'delete' };
const ifThere = (exists: boolean): Partial<Operation> => ({ expectation: { kind: 'exists', exists } });

test('a document counts as what the last commit has made of it', async () => {
  const { here, fields } = await remembered();
  for (let i = 0; i < 5; i++) await here(increment);
  await Promise.all([here(increment), here(increment), here({ fields: { n: 10 } }), here(increment)]);
  expect(await fields()).toEqual({ n: 11 });
  await here(remove);
  await here(increment);
  expect(await fields()).toEqual({ n: 1 });
});

test('what another replica has made of a document counts', async () => {
  const { here, there, fields } = await remembered();
  await there({ fields: { n: 41 } });
  await here(increment);
  expect(await fields()).toEqual({ n: 42 });
  await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? here(increment) : there(increment))));
  expect(await fields()).toEqual({ n: 82 });
});

test('what a SQL writer has made of a document counts', async () => {
  const { name, here, fields } = await remembered();
  await store.database.query(
    `UPDATE telestack.documents SET data = '{"n":41}' WHERE database = 'p/d' AND document_id = $1`,
    [name.path.split('/')[1]],
  );
  await here(increment);
  expect(await fields()).toEqual({ n: 42 });
});

test('nobody is refused because of what a document was', async () => {
  const { here, there } = await remembered();
  await there(remove);
  await here({ ...increment, ...ifThere(false) });
  await there(remove);
  await expect(here({ ...increment, ...ifThere(true) })).rejects.toMatchObject({ code: Code.NOT_FOUND });
  await there({});
  await here({ ...increment, ...ifThere(true) });
});

test('a write that changes nothing leaves the document its update time', async () => {
  const { here } = await remembered();
  const first = await here({ kind: 'patch', fields: { a: 1 }, mask: [['a']] });
  const again = await here({ kind: 'patch', fields: { a: 1 }, mask: [['a']] });
  expect(again.writes[0]!.updateTime).toBe(first.commitTime);
  const expectation = { kind: 'updateTime', updateTime: first.commitTime } as const;
  await here({ kind: 'patch', fields: { a: 2 }, mask: [['a']], expectation });
  await expect(here({ kind: 'patch', fields: { a: 3 }, mask: [['a']], expectation })).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
  });
});
