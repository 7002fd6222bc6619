import { Code, permissionDenied } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import { describe, expect, it } from 'vitest';
import { Rights } from '../src/views/rights.ts';
import { Harness } from './support/harness.ts';
import { from } from './support/queries.ts';

const user = (uid: string): Principal => ({ kind: 'user', uid, claims: {} });
const denied = permissionDenied('Missing or insufficient permissions.');
const ROLE = 'projects/demo/databases/(default)/documents/roles/ann';

/** Rules that let a user read while `roles/{uid}` exists. */
function byRole(h: Harness): void {
  h.docstore.authorize = (_request, { principal }, readTime) => {
    if (principal.kind !== 'user') return {};
    const path = `roles/${principal.uid}`;
    if (!h.store.at(readTime).some((document) => document.path === path)) throw denied;
    return { documents: [ROLE.replace('ann', principal.uid)] };
  };
}

describe('a listener whose right depends on a document', () => {
  it('is closed with the commit that takes it away, and sees nothing of what comes with it; others go on', async () => {
    await using h = new Harness();
    byRole(h);
    h.write({ 'roles/ann': {}, 'roles/bob': {}, 'a/1': { n: 1 } });
    const [ann, bob] = [h.client(user('ann')), h.client(user('bob'))];
    for (const client of [ann, bob]) client.addQuery(1, from('a'));
    await h.settle();
    h.write({ 'roles/ann': undefined, 'a/1': { n: 2 }, 'a/2': { secret: true } });
    await h.settle();
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
    expect(JSON.stringify([...ann.cache.values()].map((document) => document?.fields))).not.toContain(
      'secret',
    );
    expect(ann.ended).toBeUndefined();
    expect(bob.paths(1)).toEqual(['a/1', 'a/2']);
  });

  it('goes on when the document changes and the right stays', async () => {
    await using h = new Harness();
    byRole(h);
    h.write({ 'roles/ann': {}, 'a/1': { n: 1 } });
    const ann = h.client(user('ann'));
    ann.addQuery(1, from('a'));
    await h.settle();
    h.write({ 'roles/ann': { more: true } });
    h.write({ 'a/2': {} });
    await h.settle();
    expect(ann.paths(1)).toEqual(['a/1', 'a/2']);
    h.write({ 'roles/ann': undefined });
    await h.settle();
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
  });

  it('is closed too when the document changed before it was known to matter', async () => {
    await using h = new Harness();
    byRole(h);
    h.write({ 'roles/ann': {}, 'a/1': { n: 1 }, 'a/2': {}, 'a/3': {}, 'a/4': {} });
    const ann = h.client(user('ann'));
    h.docstore.delay = () => 50;
    ann.addQuery(1, from('a'));
    await h.timers.advance(60);
    // The read is under way: the docstore has looked at the role already.
    h.write({ 'roles/ann': undefined });
    await h.timers.advance(500);
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
  });
});

it('a single document that its rules look into is looked at with each change', async () => {
  await using h = new Harness();
  h.docstore.authorize = (_request, { principal }, readTime) => {
    if (principal.kind !== 'user') return {};
    const found = h.store.at(readTime).find(({ path }) => path === 'a/1');
    if (found?.fields.owner !== principal.uid) throw denied;
    return { ownDocuments: true };
  };
  h.write({ 'a/1': { owner: 'ann', n: 1 } });
  const ann = h.client(user('ann'));
  ann.addDocuments(1, ['a/1']);
  await h.settle();
  h.write({ 'a/1': { owner: 'ann', n: 2 } });
  await h.settle();
  expect(ann.cache.get('projects/demo/databases/(default)/documents/a/1')?.fields).toEqual({
    owner: 'ann',
    n: 2,
  });
  h.write({ 'a/1': { owner: 'bob', secret: true } });
  await h.settle();
  expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
  expect(ann.cache.get('projects/demo/databases/(default)/documents/a/1')?.fields).not.toHaveProperty(
    'secret',
  );
});

it('other rules close the listeners that they do not allow', async () => {
  await using h = new Harness();
  let allowed = ['ann', 'bob'];
  const releases: unknown[] = [];
  h.docstore.authorize = (request, { principal }) => {
    releases.push(request.releasedTime);
    if (principal.kind === 'user' && !allowed.includes(principal.uid)) throw denied;
    return {};
  };
  h.write({ 'a/1': { n: 1 } });
  const [ann, bob, admin] = [h.client(user('ann')), h.client(user('bob')), h.client()];
  for (const client of [ann, bob, admin]) client.addQuery(1, from('a'));
  await h.settle();
  allowed = ['bob'];
  h.changes.release('other');
  await h.settle();
  expect(ann.removed.has(1)).toBe(false);
  h.changes.release('demo');
  await h.settle();
  expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
  // The docstore is told which rules it must know by then.
  expect(releases.at(-1)).toBe(h.store.time);
  h.write({ 'a/2': {} });
  await h.settle();
  expect([bob.paths(1), admin.paths(1)]).toEqual([
    ['a/1', 'a/2'],
    ['a/1', 'a/2'],
  ]);
});

it('other rules count for a view too whose first read was later and did not know them', async () => {
  await using h = new Harness();
  // A docstore that has not heard of the release, until it is told which rules it must know.
  h.docstore.authorize = ({ releasedTime }, { principal }) => {
    if (principal.kind === 'user' && releasedTime !== undefined) throw denied;
    return {};
  };
  h.write({ 'a/1': {} });
  await h.settle();
  h.changes.isDelivering = false;
  h.changes.release('demo');
  h.write({ 'a/2': {} });
  const ann = h.client(user('ann'));
  ann.addQuery(1, from('a'));
  await h.settle();
  expect(ann.removed.has(1)).toBe(false);
  h.changes.resume();
  await h.settle();
  expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
});

describe('what has changed lately', () => {
  it('is told exactly as far as it is remembered', () => {
    const rights = new Rights<string>();
    const changed = (path: string, time: number) => rights.mayHaveChanged('p/d', [path], time);
    expect(rights.mayHaveChanged('p/d', [], 0)).toBe(false);
    rights.onChange('p/d', 'a/1', 10, () => {});
    expect([changed('a/1', 9), changed('a/1', 10), changed('a/2', 0)]).toEqual([true, false, false]);
    rights.onGap(20);
    expect([changed('a/2', 19), changed('a/2', 20)]).toEqual([true, false]);
    for (let i = 0; i < 25_000; i++) rights.onChange('p/d', `b/${i}`, 100 + i, () => {});
    expect([changed('a/2', 1_000), changed('a/2', 20_000)]).toEqual([true, false]);
  });
});

describe('a listener whose query is narrowed to its user', () => {
  for (const [what, query] of [
    ['all', from('a')],
    ['the first two', { ...from('a'), limit: 2 }],
  ] as const) {
    it(`sees documents of its own alone, whatever changes (${what})`, async () => {
      await using h = new Harness();
      h.docstore.authorize = (_request, { principal }) =>
        principal.kind === 'user' ? { owner: principal.uid } : {};
      h.write({ 'a/1': { owner_id: 'ann' }, 'a/2': { owner_id: 'bob' } });
      const [ann, bob] = [h.client(user('ann')), h.client(user('bob'))];
      for (const client of [ann, bob]) client.addQuery(1, query);
      await h.settle();
      h.write({ 'a/3': { owner_id: 'bob' }, 'a/4': { owner_id: 'ann' }, 'a/0': {} });
      await h.settle();
      expect([ann.paths(1), bob.paths(1)]).toEqual([
        ['a/1', 'a/4'],
        ['a/2', 'a/3'],
      ]);
      h.write({ 'a/4': { owner_id: 'bob' }, 'a/2': { owner_id: 'ann' }, 'a/3': undefined });
      await h.settle();
      expect([ann.paths(1), bob.paths(1)]).toEqual([['a/1', 'a/2'], ['a/4']]);
      expect(JSON.stringify([...ann.cache.values()].map((document) => document?.fields))).not.toContain(
        'bob',
      );
    });
  }

  it('is narrowed no more when another policy says so', async () => {
    await using h = new Harness();
    let owner = 'ann';
    h.docstore.authorize = () => ({ owner });
    h.write({ 'a/1': { owner_id: 'ann' }, 'a/2': { owner_id: 'bob' } });
    const ann = h.client(user('ann'));
    ann.addQuery(1, from('a'));
    await h.settle();
    owner = '';
    h.changes.release('demo');
    await h.settle();
    h.write({ 'a/3': { owner_id: 'bob' } });
    await h.settle();
    expect(ann.paths(1)).toEqual(['a/1', 'a/2', 'a/3']);
  });
});
