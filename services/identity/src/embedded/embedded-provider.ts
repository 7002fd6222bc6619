import type { Database, Queryable } from '@telestack/pg';
import type { Account, AccountChanges, Realm } from '../accounts/account.ts';
import { changeOf, deletionOf } from '../accounts/change-of.ts';
import type { PrincipalChanges } from '../credentials/changes.ts';
import { check } from '../errors.ts';
import type { PasswordHasher } from '../passwords/hasher.ts';
import type { AccountQuery, IdentityProvider } from '../provider/provider.ts';
import { toIdentityError } from './errors.ts';
import { ACCOUNT_COLUMNS, type AccountRow, accountOf, COLUMNS, storedPasswordOf } from './rows.ts';
import { SessionStore } from './sessions.ts';

const OF_REALM = 'a.project_id = $1 AND a.tenant_id = $2';

/** Users in PostgreSQL, without another server. */
export function createEmbeddedProvider(
  db: Database,
  hasher: PasswordHasher,
  changes: PrincipalChanges,
): IdentityProvider {
  const sessions = new SessionStore(db);

  async function findRow(
    on: Queryable,
    realm: Realm,
    query: AccountQuery,
    lock = '',
  ): Promise<AccountRow | undefined> {
    const [condition, ...values] = conditionOf(query);
    const { rows } = await on.query<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM identity.accounts a WHERE ${OF_REALM} AND ${condition} ${lock}`,
      [realm.project, realm.tenant, ...values],
    );
    return rows[0];
  }

  async function writeProviders(
    tx: Queryable,
    realm: Realm,
    localId: string,
    { linkProviders = [], unlinkProviders = [] }: AccountChanges,
  ) {
    const key = [realm.project, realm.tenant, localId];
    const gone = [...unlinkProviders, ...linkProviders.map(({ providerId }) => providerId)];
    if (gone.length > 0) {
      await tx.query(
        'DELETE FROM identity.account_providers WHERE project_id = $1 AND tenant_id = $2 AND local_id = $3 AND provider_id = ANY ($4)',
        [...key, gone],
      );
    }
    for (const info of linkProviders) {
      await tx.query(
        'INSERT INTO identity.account_providers (project_id, tenant_id, local_id, provider_id, raw_id, info) VALUES ($1, $2, $3, $4, $5, $6)',
        [...key, info.providerId, info.rawId, JSON.stringify(info)],
      );
    }
  }

  async function columnsOf(fields: AccountChanges): Promise<Map<string, unknown>> {
    const columns = new Map<string, unknown>();
    for (const [field, column] of Object.entries(COLUMNS)) {
      const value = fields[field as keyof AccountChanges];
      if (value !== undefined) columns.set(column.name, value ?? column.empty);
    }
    const { password, importedPassword } = fields;
    if (password === null) columns.set('password', null);
    const stored = typeof password === 'string' ? await hasher.hash(password) : importedPassword;
    if (stored !== undefined)
      columns.set('password', JSON.stringify(stored)).set('password_updated_at', Date.now());
    return columns;
  }

  async function transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    try {
      const result = await db.transaction(work);
      changes.wake();
      return result;
    } catch (error) {
      throw toIdentityError(error);
    }
  }

  async function reread(tx: Queryable, realm: Realm, localId: string): Promise<Account> {
    const row = await findRow(tx, realm, { localId });
    check(row, 'USER_NOT_FOUND');
    return accountOf(row);
  }

  return {
    async create(realm, localId, fields) {
      const columns = await columnsOf({ createdAt: Date.now(), ...fields });
      columns.set('project_id', realm.project).set('tenant_id', realm.tenant).set('local_id', localId);
      const names = [...columns.keys()];
      return transaction(async (tx) => {
        await tx.query(
          `INSERT INTO identity.accounts (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
          [...columns.values()],
        );
        await writeProviders(tx, realm, localId, fields);
        await changes.readmit(tx, realm, localId);
        return reread(tx, realm, localId);
      });
    },

    async find(realm, query) {
      const row = await findRow(db, realm, query);
      return row && accountOf(row);
    },

    async update(realm, localId, fields) {
      const columns = await columnsOf(fields);
      return transaction(async (tx) => {
        const row = await findRow(tx, realm, { localId }, 'FOR UPDATE');
        check(row, 'USER_NOT_FOUND');
        if (columns.size > 0) {
          const assignments = [...columns.keys()].map((name, i) => `${name} = $${i + 4}`);
          await tx.query(
            `UPDATE identity.accounts a SET ${assignments.join(', ')} WHERE ${OF_REALM} AND local_id = $3`,
            [realm.project, realm.tenant, localId, ...columns.values()],
          );
        }
        await writeProviders(tx, realm, localId, fields);
        const before = accountOf(row);
        const account = await reread(tx, realm, localId);
        // What revokes tokens ends the sessions that could make new ones.
        if (account.disabled || (account.validSince ?? 0) > (before.validSince ?? 0))
          await sessions.revoke(tx, realm, localId);
        const change = changeOf(realm, before, account);
        if (change) await changes.record(tx, change);
        return account;
      });
    },

    delete: (realm, localId) =>
      transaction(async (tx) => {
        const row = await findRow(tx, realm, { localId }, 'FOR UPDATE');
        if (row === undefined) return false;
        await sessions.revoke(tx, realm, localId);
        await tx.query(`DELETE FROM identity.accounts a WHERE ${OF_REALM} AND local_id = $3`, [
          realm.project,
          realm.tenant,
          localId,
        ]);
        const change = changeOf(realm, accountOf(row), undefined);
        if (change) await changes.record(tx, change);
        return true;
      }),

    deleteAll: (realm) =>
      transaction(async (tx) => {
        await sessions.revoke(tx, realm);
        const { rows } = await tx.query<{ local_id: string }>(
          `DELETE FROM identity.accounts a WHERE ${OF_REALM} RETURNING local_id`,
          [realm.project, realm.tenant],
        );
        for (const { local_id: uid } of rows) await changes.record(tx, deletionOf(realm, uid));
      }),

    async list(realm, { pageToken = '', limit }) {
      const { rows } = await db.query<AccountRow>(
        `SELECT ${ACCOUNT_COLUMNS} FROM identity.accounts a WHERE ${OF_REALM} AND local_id > $3 ORDER BY local_id LIMIT $4`,
        [realm.project, realm.tenant, pageToken, limit],
      );
      const accounts = rows.map(accountOf);
      return { accounts, nextPageToken: rows.length === limit ? accounts.at(-1)?.localId : undefined };
    },

    async count(realm) {
      const { rows } = await db.query<{ n: number }>(
        `SELECT count(*) AS n FROM identity.accounts a WHERE ${OF_REALM}`,
        [realm.project, realm.tenant],
      );
      return rows[0]?.n ?? 0;
    },

    async checkPassword(realm, email, password) {
      const row = await findRow(db, realm, { email });
      const stored = row && storedPasswordOf(row);
      if (row === undefined || stored === undefined) {
        await hasher.waste(password);
        return undefined;
      }
      const { isRight, isOutdated } = await hasher.verify(password, stored);
      if (!isRight) return undefined;
      if (isOutdated) {
        // Not if the password was changed meanwhile.
        await db.query(
          `UPDATE identity.accounts a SET password = $4 WHERE ${OF_REALM} AND local_id = $3 AND password = $5`,
          [
            realm.project,
            realm.tenant,
            row.local_id,
            JSON.stringify(await hasher.hash(password)),
            row.password,
          ],
        );
      }
      return accountOf(row);
    },

    createSession: (realm, localId, data) => sessions.create(realm, localId, data),
    refreshSession: (realm, refreshToken) => sessions.refresh(realm, refreshToken),
    revokeSessions: (realm, localId) => sessions.revoke(db, realm, localId),
    async close() {},
  };
}

function conditionOf(query: AccountQuery): [string, ...string[]] {
  if ('localId' in query) return ['a.local_id = $3', query.localId];
  if ('email' in query) return ['a.email = $3', query.email];
  if ('phoneNumber' in query) return ['a.phone_number = $3', query.phoneNumber];
  return [
    `a.local_id = (SELECT local_id FROM identity.account_providers
       WHERE project_id = $1 AND tenant_id = $2 AND provider_id = $3 AND raw_id = $4)`,
    query.providerId,
    query.rawId,
  ];
}
