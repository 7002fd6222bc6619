import supertokens from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import Session from 'supertokens-node/recipe/session';
import { type Account, type AccountChanges, claimsOf, type Realm } from '../accounts/account.ts';
import { changeOf } from '../accounts/change-of.ts';
import type { PrincipalChanges } from '../credentials/changes.ts';
import { check, IdentityError } from '../errors.ts';
import type {
  AccountPage,
  AccountQuery,
  IdentityProvider,
  SessionData,
  Session as UserSession,
} from '../provider/provider.ts';
import {
  type AccountRecord,
  accountIdOf,
  accountOf,
  deleteRecord,
  readRecord,
  removeUser,
  setRoles,
  withChanges,
  writeRecord,
} from './account-record.ts';
import { core, initSuperTokens, type SuperTokensOptions, TENANT } from './client.ts';
import { findIdentity, OWN, syncIdentities, syncPassword } from './identities.ts';

const PAGE = 500;

/** Users in a SuperTokens Core: its own passwords, sessions, roles and metadata, on one project and without tenants. */
export function createSuperTokensProvider(
  options: SuperTokensOptions,
  changes: PrincipalChanges,
): IdentityProvider {
  const { project } = options;
  initSuperTokens(options, {
    claimsOf: async (userId) => {
      const record = await adopt(await accountIdOf(userId));
      return record === undefined ? {} : { ...claimsOf(await accountOf(record)), accountId: record.localId };
    },
    onRevokedAll: async (userId) => {
      const validSince = Math.floor(Date.now() / 1000);
      await changes.publish({ kind: 'user', project, uid: userId, validSince, blocked: false });
    },
  });

  /** The record of an account; of a user that the front-end SDK has signed up, it is made now. */
  async function adopt(localId: string): Promise<AccountRecord | undefined> {
    const record = await readRecord(localId);
    if (record !== undefined) return record;
    const user = await core(() => supertokens.getUser(localId));
    const method = user?.loginMethods[0];
    if (user === undefined || method === undefined) return undefined;
    const { thirdParty, verified } = method;
    const isTaken = thirdParty && method.email && (await findIdentity(OWN.email, method.email)) !== undefined;
    const email = isTaken ? undefined : method.email;
    const made: AccountRecord = {
      ...EMPTY,
      localId,
      email,
      emailVerified: verified,
      createdAt: user.timeJoined,
      providers: thirdParty
        ? [{ providerId: thirdParty.id, rawId: thirdParty.userId, email: method.email }]
        : [],
      passwordUser: method.recipeId === 'emailpassword' ? localId : undefined,
      identities: thirdParty ? { [thirdParty.id]: localId } : {},
    };
    // Its provider's identity is the user itself; the others are to be made.
    const synced = await syncIdentities({ ...made, localId: '', email: undefined }, made);
    await writeRecord(synced);
    return synced;
  }

  function checkRealm(realm: Realm): void {
    check(realm.project === project, `PROJECT_NOT_FOUND : This server is for ${project}.`);
    check(realm.tenant === '', 'UNSUPPORTED_TENANT_OPERATION');
  }

  async function find(realm: Realm, query: AccountQuery): Promise<AccountRecord | undefined> {
    checkRealm(realm);
    const localId = await idOf(query);
    return localId === undefined ? undefined : adopt(localId);
  }

  async function write(
    before: AccountRecord | undefined,
    record: AccountRecord,
    fields: AccountChanges,
  ): Promise<Account> {
    check(
      fields.importedPassword === undefined,
      'INVALID_HASH_ALGORITHM : SuperTokens imports hashes by its own tools.',
    );
    // Identities first: they refuse what is taken.
    const withIdentities = await syncIdentities(before, record);
    const complete = await syncPassword(before, withIdentities, fields.password);
    if (fields.roles != null) await setRoles(record.localId, fields.roles);
    await writeRecord(complete);
    return accountOf(complete);
  }

  async function remove(record: AccountRecord): Promise<void> {
    const account = await accountOf(record);
    await core(() => Session.revokeAllSessionsForUser(record.localId));
    for (const user of Object.values(record.identities)) await removeUser(user);
    if (record.passwordUser !== undefined) await removeUser(record.passwordUser);
    await setRoles(record.localId, []);
    await deleteRecord(record.localId);
    const change = changeOf({ project, tenant: '' }, account, undefined);
    if (change) await changes.publish(change);
  }

  async function list(
    realm: Realm,
    { pageToken, limit }: { pageToken?: string; limit: number },
  ): Promise<AccountPage> {
    checkRealm(realm);
    const page = await core(() =>
      supertokens.getUsersOldestFirst({
        tenantId: TENANT,
        limit: Math.min(limit, PAGE),
        includeRecipeIds: ['thirdparty'],
        ...(pageToken === undefined ? {} : { paginationToken: pageToken }),
      }),
    );
    // Each account has one identity of this kind.
    const ids = page.users.flatMap(({ thirdParty }) =>
      thirdParty.filter(({ id }) => id === OWN.account).map(({ userId }) => userId),
    );
    const accounts: Account[] = [];
    for (const id of ids) {
      const record = await readRecord(id);
      if (record) accounts.push(await accountOf(record));
    }
    return { accounts, nextPageToken: page.nextPaginationToken };
  }

  async function* all(realm: Realm): AsyncIterable<Account> {
    for (let pageToken: string | undefined; ; ) {
      const page = await list(realm, { pageToken, limit: PAGE });
      yield* page.accounts;
      pageToken = page.nextPageToken;
      if (pageToken === undefined) return;
    }
  }

  async function end(localId: string): Promise<void> {
    await core(() => Session.revokeAllSessionsForUser(localId));
  }

  return {
    async create(realm, localId, fields) {
      checkRealm(realm);
      check((await adopt(localId)) === undefined, 'DUPLICATE_LOCAL_ID');
      const record = withChanges({ ...EMPTY, localId, createdAt: Date.now() }, fields);
      const account = await write(undefined, record, fields);
      await changes.readmitNow(realm, localId);
      return account;
    },
    async find(realm, query) {
      const record = await find(realm, query);
      return record && accountOf(record);
    },
    async update(realm, localId, fields) {
      const before = await find(realm, { localId });
      check(before, 'USER_NOT_FOUND');
      const old = await accountOf(before);
      const account = await write(before, withChanges(before, fields), fields);
      if (account.disabled || (account.validSince ?? 0) > (old.validSince ?? 0)) await end(localId);
      const change = changeOf(realm, old, account);
      if (change) await changes.publish(change);
      return account;
    },
    async delete(realm, localId) {
      const record = await find(realm, { localId });
      if (record) await remove(record);
      return record !== undefined;
    },
    async deleteAll(realm) {
      for await (const { localId } of all(realm)) {
        const record = await readRecord(localId);
        if (record) await remove(record);
      }
    },
    list,
    async count(realm) {
      let count = 0;
      for await (const _ of all(realm)) count++;
      return count;
    },
    async checkPassword(realm, email, password) {
      checkRealm(realm);
      const outcome = await core(() => EmailPassword.signIn(TENANT, email, password));
      if (outcome.status !== 'OK') return undefined;
      const record = await adopt(await accountIdOf(outcome.recipeUserId.getAsString()));
      return record && accountOf(record);
    },
    async createSession(realm, localId, data) {
      checkRealm(realm);
      const session = await core(() =>
        Session.createNewSessionWithoutRequestResponse(
          TENANT,
          supertokens.convertToRecipeUserId(localId),
          {},
          { ...data },
          true,
        ),
      );
      return sessionOf(localId, data, session.getAllSessionTokensDangerously().refreshToken);
    },
    async refreshSession(realm, refreshToken) {
      checkRealm(realm);
      try {
        const session = await core(() => Session.refreshSessionWithoutRequestResponse(refreshToken, true));
        const data = (await core(() => session.getSessionDataFromDatabase())) as SessionData;
        return sessionOf(session.getUserId(), data, session.getAllSessionTokensDangerously().refreshToken);
      } catch (error) {
        throw await refusalOf(error);
      }
    },
    async revokeSessions(realm, localId) {
      checkRealm(realm);
      await end(localId);
    },
    async close() {},
  };
}

const EMPTY: Omit<AccountRecord, 'localId' | 'createdAt'> = {
  emailVerified: false,
  disabled: false,
  emailLinkSignin: false,
  customAuth: false,
  providers: [],
  identities: {},
};

async function idOf(query: AccountQuery): Promise<string | undefined> {
  if ('localId' in query) return query.localId;
  if ('phoneNumber' in query) return findIdentity(OWN.phone, query.phoneNumber);
  if ('providerId' in query) return findIdentity(query.providerId, query.rawId);
  const known = await findIdentity(OWN.email, query.email);
  if (known !== undefined) return known;
  // Signed up by the front-end SDK, and not seen here yet.
  const users = await core(() => supertokens.listUsersByAccountInfo(TENANT, { email: query.email }));
  const user = users.find(({ loginMethods }) =>
    loginMethods.some(({ recipeId }) => recipeId === 'emailpassword'),
  );
  return user && accountIdOf(user.id);
}

function sessionOf(localId: string, data: SessionData, refreshToken: string | undefined): UserSession {
  check(refreshToken, 'TOKEN_EXPIRED');
  return { localId, data, refreshToken };
}

/** A copied token ends its session. */
async function refusalOf(error: unknown): Promise<unknown> {
  if (!Session.Error.isErrorFromSuperTokens(error)) return error;
  const { type, payload } = error as { type: string; payload?: { sessionHandle?: string } };
  const handle = payload?.sessionHandle;
  if (type === Session.Error.TOKEN_THEFT_DETECTED && handle !== undefined)
    await core(() => Session.revokeSession(handle));
  return new IdentityError('TOKEN_EXPIRED', { cause: error });
}
