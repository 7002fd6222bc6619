import { join } from 'node:path';
import { Database, migrate } from '@telestack/pg';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import type { PrincipalChange } from '@telestack/tokens';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Realm } from '../src/accounts/account.ts';
import { randomId } from '../src/accounts/ids.ts';
import { PrincipalChanges } from '../src/credentials/changes.ts';
import { createEmbeddedProvider } from '../src/embedded/embedded-provider.ts';
import { PasswordHasher } from '../src/passwords/hasher.ts';
import type { IdentityProvider } from '../src/provider/provider.ts';
import { createSuperTokensProvider } from '../src/supertokens/supertokens-provider.ts';

const SUPERTOKENS_URI = process.env.SUPERTOKENS_URI;
if (SUPERTOKENS_URI === undefined) console.log('skipped: SUPERTOKENS_URI names no SuperTokens Core');

let database: TestDatabase;
let db: Database;
let changes: PrincipalChanges;
beforeAll(async () => {
  database = await createDatabase();
  db = new Database({ connectionString: database.url, applicationName: 'identity-test', max: 5 });
  await migrate(db, join(import.meta.dirname, '../migrations'), 'identity');
  changes = new PrincipalChanges(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const realm: Realm = { project: 'contract', tenant: '' };
/** A SuperTokens Core does not know whose session it was that has ended. */
const KNOWS_ENDED: readonly string[] = ['embedded'];
const PROVIDERS: Record<string, (() => IdentityProvider) | undefined> = {
  embedded: () => createEmbeddedProvider(db, new PasswordHasher({ logCost: 4 }), changes),
  SuperTokens:
    SUPERTOKENS_URI === undefined
      ? undefined
      : () => {
          const domain = 'http://localhost:3000';
          const options = {
            uri: SUPERTOKENS_URI,
            project: 'contract',
            apiDomain: domain,
            websiteDomain: domain,
          };
          return createSuperTokensProvider(options, changes);
        },
};

for (const [name, open] of Object.entries(PROVIDERS)) {
  describe.skipIf(open === undefined)(`${name} provider`, () => {
    let provider: IdentityProvider;
    beforeAll(() => {
      provider = open!();
    });
    afterAll(() => provider.close());

    const newEmail = () => `${randomId(12).toLowerCase()}@example.com`;
    const session = { provider: 'password', claims: { level: 3 }, authTime: 1_800_000_000 };
    const create = async (fields: Parameters<IdentityProvider['create']>[2] = {}) =>
      provider.create(realm, randomId(), fields);
    const whenEnded = (code: string) => (KNOWS_ENDED.includes(name) ? code : 'TOKEN_EXPIRED');
    const refusal = (message: string) => expect.objectContaining({ message });
    const changesOf = async (uid: string): Promise<PrincipalChange[]> =>
      (await changes.read(undefined, 0, AbortSignal.timeout(1_000))).changes.filter(
        (change) => change.kind === 'user' && change.uid === uid,
      );

    test('an account is found by each of its identities', async () => {
      const [email, phoneNumber] = [newEmail(), `+1${Date.now()}${Math.floor(Math.random() * 1e6)}`];
      const google = { providerId: 'google.com', rawId: randomId() };
      const made = await create({
        email,
        phoneNumber,
        displayName: 'Ada',
        linkProviders: [{ ...google, email }],
      });
      expect(made).toMatchObject({
        email,
        phoneNumber,
        displayName: 'Ada',
        emailVerified: false,
        hasPassword: false,
        disabled: false,
        roles: [],
      });
      const { localId } = made;
      for (const query of [{ localId }, { email }, { phoneNumber }, google])
        expect(await provider.find(realm, query)).toEqual(made);
      for (const query of [
        { localId: 'nobody' },
        { email: newEmail() },
        { phoneNumber: '+0' },
        { ...google, rawId: 'x' },
      ])
        expect(await provider.find(realm, query)).toBeUndefined();
    });

    test('identities are of one account only', async () => {
      const [email, phoneNumber] = [newEmail(), `+2${Date.now()}${Math.floor(Math.random() * 1e6)}`];
      const google = { providerId: 'google.com', rawId: randomId() };
      const { localId } = await create({ email, phoneNumber, linkProviders: [google] });
      await expect(provider.create(realm, localId, {})).rejects.toEqual(refusal('DUPLICATE_LOCAL_ID'));
      await expect(create({ email })).rejects.toEqual(refusal('EMAIL_EXISTS'));
      await expect(create({ email, password: 'correct horse' })).rejects.toEqual(refusal('EMAIL_EXISTS'));
      await expect(create({ phoneNumber })).rejects.toEqual(refusal('PHONE_NUMBER_EXISTS'));
      await expect(create({ linkProviders: [google] })).rejects.toEqual(
        refusal('FEDERATED_USER_ID_ALREADY_LINKED'),
      );
      const other = await create({ email: newEmail() });
      await expect(provider.update(realm, other.localId, { email })).rejects.toEqual(refusal('EMAIL_EXISTS'));
      await provider.delete(realm, localId);
      expect((await provider.update(realm, other.localId, { email })).email).toBe(email);
    });

    test('a password is checked, changed and removed', async () => {
      const [email, other] = [newEmail(), newEmail()];
      const { localId, hasPassword } = await create({ email, password: 'correct horse' });
      expect(hasPassword).toBe(true);
      const check = (at: string, password: string) => provider.checkPassword(realm, at, password);
      expect((await check(email, 'correct horse'))?.localId).toBe(localId);
      expect(await check(email, 'wrong horse')).toBeUndefined();
      expect(await check(newEmail(), 'correct horse')).toBeUndefined();
      await provider.update(realm, localId, { email: other, password: 'another horse' });
      expect(await check(email, 'correct horse')).toBeUndefined();
      expect(await check(other, 'correct horse')).toBeUndefined();
      expect((await check(other, 'another horse'))?.localId).toBe(localId);
      expect((await provider.update(realm, localId, { password: null })).hasPassword).toBe(false);
      expect(await check(other, 'another horse')).toBeUndefined();
    });

    test('an account without anything takes an address and a password later', async () => {
      const { localId } = await create();
      const email = newEmail();
      await provider.update(realm, localId, { email, password: 'correct horse' });
      expect((await provider.checkPassword(realm, email, 'correct horse'))?.localId).toBe(localId);
    });

    test('fields are set, left and cleared', async () => {
      const { localId } = await create({
        displayName: 'Ada',
        photoUrl: 'http://x',
        customAttributes: '{"a":1}',
      });
      const set = await provider.update(realm, localId, {
        displayName: 'Bob',
        emailVerified: true,
        roles: ['b', 'a'],
        validSince: 5,
      });
      expect(set).toMatchObject({
        displayName: 'Bob',
        photoUrl: 'http://x',
        customAttributes: '{"a":1}',
        validSince: 5,
      });
      expect([...set.roles].sort()).toEqual(['a', 'b']);
      const cleared = await provider.update(realm, localId, {
        displayName: null,
        photoUrl: null,
        customAttributes: null,
        roles: ['a'],
      });
      expect([cleared.displayName, cleared.photoUrl, cleared.customAttributes]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(cleared.roles).toEqual(['a']);
      expect(await provider.find(realm, { localId })).toEqual(cleared);
      await expect(provider.update(realm, 'nobody', {})).rejects.toEqual(refusal('USER_NOT_FOUND'));
    });

    test('providers are linked, replaced and unlinked', async () => {
      const [first, second] = [randomId(), randomId()];
      const { localId } = await create({ linkProviders: [{ providerId: 'google.com', rawId: first }] });
      const linked = await provider.update(realm, localId, {
        linkProviders: [
          { providerId: 'google.com', rawId: second },
          { providerId: 'oidc.acme', rawId: first, displayName: 'Ada' },
        ],
      });
      expect(linked.providers.map(({ providerId, rawId }) => [providerId, rawId]).sort()).toEqual([
        ['google.com', second],
        ['oidc.acme', first],
      ]);
      expect(await provider.find(realm, { providerId: 'google.com', rawId: first })).toBeUndefined();
      const unlinked = await provider.update(realm, localId, { unlinkProviders: ['google.com'] });
      expect(unlinked.providers).toEqual([{ providerId: 'oidc.acme', rawId: first, displayName: 'Ada' }]);
      expect(await provider.find(realm, { providerId: 'google.com', rawId: second })).toBeUndefined();
    });

    test('a session is refreshed with a token that changes, and ends with revocation', async () => {
      const { localId } = await create();
      const begun = await provider.createSession(realm, localId, session);
      const second = await provider.refreshSession(realm, begun.refreshToken);
      expect([second.localId, second.data]).toEqual([localId, session]);
      expect(second.refreshToken).not.toBe(begun.refreshToken);
      const third = await provider.refreshSession(realm, second.refreshToken);
      await provider.revokeSessions(realm, localId);
      await expect(provider.refreshSession(realm, third.refreshToken)).rejects.toEqual(
        refusal('TOKEN_EXPIRED'),
      );
      await expect(provider.refreshSession(realm, 'nonsense')).rejects.toThrow(
        /^(INVALID_REFRESH_TOKEN|TOKEN_EXPIRED)$/,
      );
    });

    test('a refresh token that was used up ends its session, and no other', async () => {
      const { localId } = await create();
      const stolen = await provider.createSession(realm, localId, session);
      const other = await provider.createSession(realm, localId, session);
      const second = await provider.refreshSession(realm, stolen.refreshToken);
      const third = await provider.refreshSession(realm, second.refreshToken);
      await expect(provider.refreshSession(realm, stolen.refreshToken)).rejects.toEqual(
        refusal('TOKEN_EXPIRED'),
      );
      await expect(provider.refreshSession(realm, third.refreshToken)).rejects.toEqual(
        refusal('TOKEN_EXPIRED'),
      );
      expect((await provider.refreshSession(realm, other.refreshToken)).localId).toBe(localId);
    });

    test('what makes tokens worthless ends sessions, and is told', async () => {
      const { localId } = await create({ customAttributes: '{"a":1}' });
      const begun = await provider.createSession(realm, localId, session);
      await provider.update(realm, localId, { displayName: 'Nothing of that' });
      expect(await changesOf(localId)).toEqual([]);
      await provider.update(realm, localId, { customAttributes: '{"b":1}' });
      await provider.refreshSession(realm, begun.refreshToken);
      await provider.update(realm, localId, { disabled: true });
      const refreshed = () => provider.refreshSession(realm, begun.refreshToken);
      await expect(refreshed()).rejects.toEqual(refusal(whenEnded('USER_DISABLED')));
      await provider.update(realm, localId, { disabled: false });
      await expect(refreshed()).rejects.toEqual(refusal('TOKEN_EXPIRED'));
      await provider.update(realm, localId, { disabled: true });
      expect(await provider.delete(realm, localId)).toBe(true);
      expect(await provider.delete(realm, localId)).toBe(false);
      await expect(refreshed()).rejects.toEqual(refusal(whenEnded('USER_NOT_FOUND')));
      const told = await changesOf(localId);
      expect(told[0]).toMatchObject({ blocked: false, claims: { now: { b: 1 }, before: ['a'] } });
      expect(told.filter((change) => change.kind === 'user' && change.blocked)).toHaveLength(3);
    });

    test('all accounts are listed once, page by page', async () => {
      const ids = new Set<string>();
      for (let i = 0; i < 5; i++) ids.add((await create()).localId);
      expect(await provider.count(realm)).toBeGreaterThanOrEqual(5);
      const seen: string[] = [];
      for (let pageToken: string | undefined; ; ) {
        const page = await provider.list(realm, { limit: 2, pageToken });
        expect(page.accounts.length).toBeLessThanOrEqual(2);
        seen.push(...page.accounts.map(({ localId }) => localId));
        pageToken = page.nextPageToken;
        if (pageToken === undefined) break;
      }
      expect(seen.filter((id) => ids.has(id)).sort()).toEqual([...ids].sort());
    });
  });
}
