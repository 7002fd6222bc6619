import { Code } from '@telestack/errors';
import { ADMIN, ANONYMOUS, type Principal } from '@telestack/rpc';
import { eventually } from '@telestack/testkit';
import { exportJWK } from 'jose';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  applyChange,
  createApiKey,
  createVerifier,
  type PrincipalChange,
  readCredential,
  type Verifier,
  type VerifierOptions,
} from '../src/index.ts';
import { createKey, NOW, PROJECT, payload, sign, type TestKey, TestSource } from './support.ts';

let keys: TestKey[];
let verifier: Verifier;
let time: number;

beforeAll(async () => {
  keys = await Promise.all(['first', 'second'].map(createKey));
});
afterEach(() => verifier.close());

async function start(options: Partial<VerifierOptions> = {}) {
  const source = new TestSource();
  source.keysInForce = [keys[0]!];
  time = NOW;
  verifier = createVerifier({ source, profile: 'production', now: () => time, ...options });
  await verifier.ready;
  return source;
}

const verify = (header: string) => verifier.verify(readCredential(header));
const unauthenticated = { code: Code.UNAUTHENTICATED };

describe('ID tokens', () => {
  test('say who calls, of which project and until when', async () => {
    const source = await start();
    const claims = payload({ role: 'editor' });
    const token = await sign(keys[0]!, claims);
    const expected = { kind: 'user', uid: 'alice', claims, project: PROJECT, expiresAt: claims.exp! * 1000 };
    for (const scheme of ['Bearer', 'bearer', 'Firebase'])
      expect(await verify(`${scheme} ${token}`)).toEqual(expected);
    expect(source.fetches).toBe(1);
    expect(() => readCredential(`Basic ${token}`)).toThrow(expect.objectContaining(unauthenticated));
  });

  test('end on time, however often they were seen', async () => {
    await start();
    const token = await sign(keys[0]!, payload());
    await verify(`Bearer ${token}`);
    time += 3_600_000;
    await expect(verify(`Bearer ${token}`)).rejects.toMatchObject(unauthenticated);
  });

  test('by a new key are good at once; made-up keys do not flood the source', async () => {
    const source = await start();
    await verify(`Bearer ${await sign(keys[0]!, payload())}`);
    source.keysInForce = [...keys];
    time += 2_001;
    expect(await verify(`Bearer ${await sign(keys[1]!, payload())}`)).toMatchObject({ uid: 'alice' });
    const fetches = source.fetches;
    for (let i = 0; i < 50; i++) {
      const token = await sign(keys[1]!, payload({ n: i }), { kid: `made-up-${i}` });
      await expect(verify(`Bearer ${token}`)).rejects.toMatchObject(unauthenticated);
    }
    expect(source.fetches).toBeLessThanOrEqual(fetches + 1);
  });

  test('go on being verified while the identity service is away, for a bounded time', async () => {
    const source = await start({ maxStalenessMs: 30_000 });
    const token = await sign(keys[0]!, payload());
    await verify(`Bearer ${token}`);
    source.isDown = true;
    source.push({ kind: 'apiKey', project: PROJECT, keyId: 'wakes the follower' });
    await eventually(() => source.failures > 0);
    time += 20_000;
    expect(await verify(`Bearer ${token}`)).toMatchObject({ uid: 'alice' });
    time += 20_000;
    await eventually(() =>
      verify(`Bearer ${token}`).then(
        () => false,
        (error) => error.code === Code.UNAVAILABLE,
      ),
    );
    source.isDown = false;
    await eventually(() => verify(`Bearer ${token}`));
  });

  test('are revoked soon after the account is blocked, or its tokens are', async () => {
    const source = await start();
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((sub) => sign(keys[0]!, payload({ sub }))));
    await verify(`Bearer ${alice}`);
    await verify(`Bearer ${bob}`);
    source.push({ kind: 'user', project: 'other', uid: 'bob', blocked: true });
    source.push({ kind: 'user', project: PROJECT, uid: 'alice', blocked: false, validSince: NOW / 1000 });
    await eventually(() => expect(verify(`Bearer ${alice}`)).rejects.toMatchObject(unauthenticated));
    expect(await verify(`Bearer ${bob}`)).toMatchObject({ uid: 'bob' });
    const later = await sign(keys[0]!, payload({ sub: 'alice', iat: NOW / 1000 }));
    expect(await verify(`Bearer ${later}`)).toMatchObject({ uid: 'alice' });
  });
});

describe('claims that an administrator has changed', () => {
  const change = (at: number, now: Record<string, unknown>, ...before: string[]): PrincipalChange => ({
    ...{ kind: 'user', project: PROJECT, uid: 'alice', blocked: false },
    claims: { now, before, at },
  });
  const claimsOf = async (token: string) => {
    const principal = await verify(`Bearer ${token}`);
    return principal.kind === 'user' ? principal.claims : {};
  };

  test('hold for tokens that were issued before, and not for later ones', async () => {
    const source = await start();
    const [before, between, later, tenant] = await Promise.all([
      sign(keys[0]!, payload({ role: 'editor', own: 1 })),
      sign(keys[0]!, payload({ role: 'owner', iat: NOW / 1000 - 20 })),
      sign(keys[0]!, payload({ role: 'guest', iat: NOW / 1000 })),
      sign(keys[0]!, payload({ role: 'editor', firebase: { tenant: 't' } })),
    ]);
    expect(await claimsOf(before)).toMatchObject({ role: 'editor' });
    source.push(change(NOW - 30_000, { role: 'owner' }, 'role'));
    source.push(change(NOW - 10_000, { level: 2 }, 'role'));
    await eventually(async () => (await claimsOf(before)).level === 2);
    // What a sign-in has brought along stays.
    expect(await claimsOf(before)).toMatchObject({ sub: 'alice', own: 1, level: 2 });
    for (const token of [before, between]) expect(await claimsOf(token)).not.toHaveProperty('role');
    expect(await claimsOf(later)).toMatchObject({ role: 'guest' });
    expect(await claimsOf(later)).not.toHaveProperty('level');
    // Somebody else, who happens to have the same id in a tenant.
    expect(await claimsOf(tenant)).toMatchObject({ role: 'editor' });
  });

  test('that change without end revoke the tokens instead of filling the memory', async () => {
    const source = await start();
    const token = await sign(keys[0]!, payload({ role: 'editor' }));
    await verify(`Bearer ${token}`);
    for (let i = 0; i < 1_100; i++) source.push(change(NOW - 10_000, { [`c${i}`]: true }, `c${i - 1}`));
    await eventually(() => expect(verify(`Bearer ${token}`)).rejects.toMatchObject(unauthenticated));
  });
});

describe('API keys', () => {
  const scopes = [{ database: '(default)', collections: ['posts'], access: 'read' }] as const;

  test('are found by their prefix and compared as a whole', async () => {
    const source = await start();
    const { key, prefix, hash } = createApiKey();
    source.apiKeys.set(prefix, { keyId: 'k1', project: PROJECT, hash, scopes });
    const principal = { kind: 'apiKey', keyId: 'k1', project: PROJECT, scopes };
    expect(await verify(`Bearer ${key}`)).toEqual(principal);
    expect(await verifier.verify(readCredential(undefined, key))).toEqual(principal);
    expect(source.lookups).toBe(1);
    const other = createApiKey().key.split('_')[2];
    await expect(verify(`Bearer tsk_${prefix}_${other}`)).rejects.toMatchObject(unauthenticated);
    await expect(verify(`Bearer ${createApiKey().key}`)).rejects.toMatchObject(unauthenticated);
    await expect(verify('Bearer tsk_x')).rejects.toMatchObject(unauthenticated);
  });

  test('end when they are revoked, and when their time is over', async () => {
    const source = await start();
    const { key, prefix, hash } = createApiKey();
    source.apiKeys.set(prefix, { keyId: 'k1', project: PROJECT, hash, scopes, expiresAt: NOW + 1_000 });
    expect(await verify(`Bearer ${key}`)).toMatchObject({ kind: 'apiKey', expiresAt: NOW + 1_000 });
    time += 1_000;
    await expect(verify(`Bearer ${key}`)).rejects.toMatchObject(unauthenticated);
    time -= 1_000;
    source.apiKeys.clear();
    source.push({ kind: 'apiKey', project: PROJECT, keyId: 'k1' });
    await eventually(() => expect(verify(`Bearer ${key}`)).rejects.toMatchObject(unauthenticated));
  });

  test('of web apps are public: they give no rights', async () => {
    await start();
    expect(await verifier.verify(readCredential(undefined, 'AIzaSyPublic'))).toEqual(ANONYMOUS);
  });
});

describe('service accounts', () => {
  const email = 'backend@demo.iam.gserviceaccount.com';
  const now = NOW / 1000;
  const own = { iss: email, sub: email, iat: now - 10, exp: now + 3_590 };

  test('sign for themselves, as Google’s libraries do', async () => {
    const source = await start();
    source.accounts.set(`${email} first`, { project: PROJECT, key: await exportJWK(keys[0]!.publicKey) });
    const admin = { kind: 'admin', project: PROJECT, account: email, expiresAt: own.exp * 1000 };
    for (const claims of [
      { aud: 'https://firestore.googleapis.com/' },
      { scope: 'https://www.googleapis.com/auth/datastore' },
    ])
      expect(await verify(`Bearer ${await sign(keys[0]!, { ...own, ...claims })}`)).toEqual(admin);
    for (const claims of [
      {},
      { aud: 'https://example.com/' },
      { aud: 'https://firestore.googleapis.com/', exp: now + 100_000 },
    ])
      await expect(verify(`Bearer ${await sign(keys[0]!, { ...own, ...claims })}`)).rejects.toMatchObject(
        unauthenticated,
      );
    const forged = await sign(
      keys[1]!,
      { ...own, aud: 'https://firestore.googleapis.com/' },
      { kid: 'first' },
    );
    await expect(verify(`Bearer ${forged}`)).rejects.toMatchObject(unauthenticated);
  });

  test('get access tokens, which no user’s token can pass for', async () => {
    await start();
    const claims = {
      iss: 'telestack',
      aud: 'telestack',
      sub: email,
      project_id: PROJECT,
      iat: now,
      exp: now + 3_600,
    };
    const token = await sign(keys[0]!, claims);
    expect(await verify(`Bearer ${token}`)).toMatchObject({
      kind: 'admin',
      project: PROJECT,
      account: email,
    });
    const pretender = await sign(keys[0]!, payload({ project_id: PROJECT, kind: 'admin' }));
    expect(await verify(`Bearer ${pretender}`)).toMatchObject({ kind: 'user' });
  });
});

describe('profiles', () => {
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.`;

  test('dev takes the emulator’s tokens at their word', async () => {
    await start({ profile: 'dev' });
    expect(await verify('Bearer owner')).toEqual(ADMIN);
    expect(await verify('Bearer an-opaque-access-token')).toEqual(ADMIN);
    expect(await verify(`Bearer ${unsigned}`)).toEqual({
      kind: 'user',
      uid: 'alice',
      claims: { sub: 'alice' },
    });
    expect(await verify(`Bearer ${await sign(keys[0]!, payload())}`)).toMatchObject({ project: PROJECT });
  });

  test('production knows none of them', async () => {
    await start();
    for (const token of ['owner', 'ya29-opaque', unsigned, unsigned.slice(0, -1)])
      await expect(verify(`Bearer ${token}`)).rejects.toMatchObject(unauthenticated);
    expect(await verifier.verify({ kind: 'none' })).toEqual(ANONYMOUS);
  });
});

describe('a change of a principal in use', () => {
  const user: Principal = {
    kind: 'user',
    uid: 'alice',
    project: PROJECT,
    claims: { sub: 'alice', iat: 100, email: 'a@example.com', role: 'editor', fromCustomToken: 1 },
  };
  const change = (more: Partial<Extract<PrincipalChange, { kind: 'user' }>>): PrincipalChange => ({
    kind: 'user',
    project: PROJECT,
    uid: 'alice',
    blocked: false,
    ...more,
  });

  test('revokes it, changes its claims, or leaves it', async () => {
    await start();
    expect(applyChange(user, change({ blocked: true }))).toBe('revoked');
    expect(applyChange(user, change({ validSince: 101 }))).toBe('revoked');
    expect(applyChange(user, change({ validSince: 100 }))).toBe(user);
    expect(applyChange(user, change({ uid: 'bob', blocked: true }))).toBe(user);
    expect(applyChange(user, change({ project: 'other', blocked: true }))).toBe(user);
    expect(
      applyChange(user, change({ claims: { now: { admin: true, sub: 'mallory' }, before: ['role'] } })),
    ).toEqual({
      ...user,
      claims: { sub: 'alice', iat: 100, email: 'a@example.com', fromCustomToken: 1, admin: true },
    });
    expect(applyChange(ADMIN, change({ blocked: true }))).toBe(ADMIN);
    const key: Principal = { kind: 'apiKey', keyId: 'k1', project: PROJECT, scopes: [] };
    expect(applyChange(key, { kind: 'apiKey', project: PROJECT, keyId: 'k1' })).toBe('revoked');
    const account: Principal = { kind: 'admin', project: PROJECT, account: 'a@b' };
    expect(applyChange(account, { kind: 'serviceAccount', project: PROJECT, email: 'a@b' })).toBe('revoked');
  });
});
