import { Code, permissionDenied } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import type { PrincipalChange } from '@telestack/tokens';
import { describe, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import { from } from './support/queries.ts';

const ISSUED = 1_700_000_000;
const user = (uid: string, claims: object = {}, more: object = {}): Principal => ({
  ...{ kind: 'user', uid, project: 'demo', expiresAt: (ISSUED + 3_600) * 1_000 },
  claims: { iat: ISSUED, ...claims },
  ...more,
});
const changeOf = (
  uid: string,
  more: Partial<Extract<PrincipalChange, { kind: 'user' }>>,
): PrincipalChange => ({
  ...{ kind: 'user', project: 'demo', uid, blocked: false },
  ...more,
});
const claims = (now: Record<string, unknown>, ...before: string[]) => ({ claims: { now, before } });
const denied = permissionDenied('Missing or insufficient permissions.');

/** Rules by which the collection `staff` is for those with the claim `staff`. */
function byClaim(h: Harness): void {
  h.docstore.authorize = ({ target }, { principal }) => {
    const isStaff = principal.kind === 'user' && principal.claims.staff === true;
    const asksForStaff = target?.$case === 'query' && target.query.from[0]?.collectionId === 'staff';
    if (asksForStaff && !isStaff) throw denied;
    return {};
  };
}

describe('other claims', () => {
  it('end the targets that they do not allow; siblings and others go on', async () => {
    await using h = new Harness();
    byClaim(h);
    h.write({ 'staff/1': {}, 'a/1': {} });
    const [ann, also, bob] = [
      h.client(user('ann', { staff: true })),
      h.client(user('ann', { staff: true })),
      h.client(user('bob', { staff: true })),
    ];
    for (const client of [ann, also, bob]) {
      client.addQuery(1, from('staff'));
      client.addQuery(2, from('a'));
    }
    await h.settle();
    h.principals.push(changeOf('ann', claims({ staff: false }, 'staff')));
    await h.settle();
    for (const client of [ann, also]) {
      expect(client.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
      expect(client.ended).toBeUndefined();
    }
    h.write({ 'staff/2': { secret: true }, 'a/2': {} });
    await h.settle();
    expect([ann.paths(2), also.paths(2)]).toEqual([
      ['a/1', 'a/2'],
      ['a/1', 'a/2'],
    ]);
    expect(bob.paths(1)).toEqual(['staff/1', 'staff/2']);
    expect(JSON.stringify([...ann.cache.values()].map((document) => document?.fields))).not.toContain(
      'secret',
    );
    // What is added from now on is looked at with the new claims, and shares the views of those who have them.
    ann.addQuery(3, from('staff'));
    await h.settle();
    expect(ann.removed.get(3)).toMatchObject({ code: Code.PERMISSION_DENIED });
    const views = h.bridge.counts().views;
    h.client(user('ann', { staff: false })).addQuery(1, from('a'));
    await h.settle();
    expect(h.bridge.counts().views).toBe(views);
  });

  it('count for what is being read while they come', async () => {
    await using h = new Harness();
    byClaim(h);
    h.write({ 'staff/1': {}, 'staff/2': {}, 'staff/3': {}, 'staff/4': {} });
    h.docstore.delay = () => 50;
    const ann = h.client(user('ann', { staff: true }));
    ann.addQuery(1, from('staff'));
    await h.timers.advance(60);
    h.principals.push(changeOf('ann', claims({}, 'staff')));
    await h.timers.advance(500);
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
  });

  it('can make two listeners alike: a gap still reaches both', async () => {
    await using h = new Harness();
    h.write({ 'a/1': {} });
    const clients = [h.client(user('ann', { team: 'x' })), h.client(user('ann', { team: 'y' }))];
    for (const client of clients) client.addQuery(1, from('a'));
    await h.settle();
    h.principals.push(changeOf('ann', claims({ team: 'z' }, 'team')));
    await h.settle();
    expect(h.bridge.counts().views).toBe(2);
    h.commit({ 'a/2': {} });
    h.changes.lose();
    h.write({ 'b/1': {} });
    await h.timers.advance(1_000);
    expect(clients.map((client) => client.paths(1))).toEqual([
      ['a/1', 'a/2'],
      ['a/1', 'a/2'],
    ]);
    for (const client of clients) client.remove(1);
    await h.settle();
    expect(h.bridge.counts().views).toBe(0);
  });

  it('are known of a stream that comes late through a gateway that has not heard', async () => {
    await using h = new Harness();
    byClaim(h);
    h.principals.push(changeOf('ann', claims({}, 'staff')), changeOf('bob', { blocked: true }));
    await h.settle();
    const [ann, bob] = [h.client(user('ann', { staff: true })), h.client(user('bob'))];
    for (const client of [ann, bob]) client.addQuery(1, from('staff'));
    await h.settle();
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
    expect(bob.ended).toMatchObject({ code: Code.UNAUTHENTICATED });
  });
});

describe('a credential that is over', () => {
  it('ends its streams, and no others', async () => {
    await using h = new Harness();
    const key: Principal = { kind: 'apiKey', keyId: 'k1', project: 'demo', scopes: [] };
    const account: Principal = { kind: 'admin', project: 'demo', account: 'svc' };
    const clients = {
      revoked: h.client(user('ann')),
      later: h.client(user('ann', { iat: ISSUED + 10 })),
      blocked: h.client(user('bob')),
      elsewhere: h.client(user('bob', {}, { project: 'other' })),
      tenant: h.client(user('bob', { firebase: { tenant: 't' } })),
      key: h.client(key),
      account: h.client(account),
      platform: h.client(),
    };
    for (const client of Object.values(clients)) client.addQuery(1, from('a'));
    await h.settle();
    h.principals.push(
      changeOf('ann', { validSince: ISSUED + 5 }),
      changeOf('bob', { blocked: true }),
      { kind: 'apiKey', project: 'demo', keyId: 'k1' },
      { kind: 'serviceAccount', project: 'demo', email: 'svc' },
    );
    await h.settle();
    const ended = Object.entries(clients).filter(([, client]) => client.ended !== undefined);
    expect(ended.map(([name]) => name)).toEqual(['revoked', 'blocked', 'key', 'account']);
    for (const [, client] of ended) expect(client.ended).toMatchObject({ code: Code.UNAUTHENTICATED });
    // Through a gateway that still believed the key.
    const late = h.client(key);
    late.addQuery(1, from('a'));
    await h.settle();
    expect(late.ended).toBeUndefined();
    await h.timers.advance(15_000);
    expect(late.ended).toMatchObject({ code: Code.UNAUTHENTICATED });
  });

  it('ends them within a second of its time', async () => {
    await using h = new Harness();
    const ann = h.client(user('ann', {}, { expiresAt: h.timers.now() + 10_000 }));
    const key = h.client({ kind: 'apiKey', keyId: 'k', project: 'demo', scopes: [] });
    for (const client of [ann, key]) client.addQuery(1, from('a'));
    await h.timers.advance(9_999);
    expect(ann.ended).toBeUndefined();
    await h.timers.advance(1_001);
    expect(ann.ended).toMatchObject({ code: Code.UNAUTHENTICATED });
    expect(key.ended).toBeUndefined();
  });

  it('cannot be told from others without news: users’ streams end, to be let in where there are some', async () => {
    await using h = new Harness();
    const [ann, admin] = [h.client(user('ann')), h.client()];
    for (const client of [ann, admin]) client.addQuery(1, from('a'));
    await h.settle();
    h.principals.isDown = true;
    h.principals.push(changeOf('bob', {}));
    await h.timers.advance(29_000);
    expect(ann.ended).toBeUndefined();
    await h.timers.advance(2_000);
    expect(ann.ended).toMatchObject({ code: Code.UNAVAILABLE });
    expect(admin.ended).toBeUndefined();
  });
});

describe('rules that look at the time', () => {
  it('are asked again, and end the target when the time has come', async () => {
    await using h = new Harness();
    const end = h.timers.now() + 25_000;
    h.docstore.authorize = ({ target }) => {
      const isTimed = target?.$case === 'query' && target.query.from[0]?.collectionId === 'timed';
      if (isTimed && h.timers.now() > end) throw denied;
      return { time: isTimed };
    };
    h.write({ 'timed/1': {}, 'a/1': {} });
    const ann = h.client(user('ann'));
    ann.addQuery(1, from('timed'));
    ann.addQuery(2, from('a'));
    await h.settle();
    const reads = h.docstore.requests.length;
    await h.timers.advance(20_500);
    expect([ann.removed.size, h.docstore.questions, h.docstore.requests.length]).toEqual([0, 2, reads]);
    await h.timers.advance(10_000);
    expect(ann.removed.get(1)).toMatchObject({ code: Code.PERMISSION_DENIED });
    expect([...ann.removed.keys()]).toEqual([1]);
    // Nothing is asked any more.
    const { questions } = h.docstore;
    await h.timers.advance(30_000);
    expect(h.docstore.questions).toBe(questions);
  });
});
