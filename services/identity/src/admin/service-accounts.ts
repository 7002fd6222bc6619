import { randomBytes } from 'node:crypto';
import { alreadyExists, invalidArgument, notFound } from '@telestack/errors';
import { type Database, sqlState } from '@telestack/pg';
import { ALGORITHM, type ServiceAccountKey } from '@telestack/tokens';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import type { PrincipalChanges } from '../credentials/changes.ts';

export interface ServiceAccount {
  readonly email: string;
  readonly displayName: string;
  readonly disabled: boolean;
  readonly createTime: string;
  readonly keyIds: readonly string[];
}

interface Row {
  readonly email: string;
  readonly display_name: string;
  readonly disabled: boolean;
  readonly created_at: number;
  readonly kids: string[];
}

const MAX_KEYS = 10;

/** Administrators that are programs. Their private keys are made here, given away once, and kept nowhere. */
export class ServiceAccounts {
  readonly #db: Database;
  readonly #changes: PrincipalChanges;

  constructor(db: Database, changes: PrincipalChanges) {
    this.#db = db;
    this.#changes = changes;
  }

  /** @throws StatusError INVALID_ARGUMENT, ALREADY_EXISTS */
  async create(project: string, accountId: string, displayName: string): Promise<ServiceAccount> {
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(accountId))
      throw invalidArgument('An account id has 6 to 30 lower-case letters, digits and hyphens.');
    const email = `${accountId}@${project}.iam.gserviceaccount.com`;
    try {
      await this.#db.query(
        'INSERT INTO identity.service_accounts (email, project_id, display_name, created_at) VALUES ($1, $2, $3, $4)',
        [email, project, displayName, Date.now()],
      );
    } catch (cause) {
      if (sqlState(cause) === '23505') throw alreadyExists(`Service account exists: ${email}`, { cause });
      throw cause;
    }
    return this.get(project, email);
  }

  async list(project: string): Promise<ServiceAccount[]> {
    return this.#read(project, undefined);
  }

  /** @throws StatusError NOT_FOUND */
  async get(project: string, email: string): Promise<ServiceAccount> {
    const [account] = await this.#read(project, email);
    if (account === undefined) throw notFound(`Service account not found: ${email}`);
    return account;
  }

  /** @throws StatusError NOT_FOUND */
  async delete(project: string, email: string): Promise<void> {
    await this.#change(
      project,
      email,
      'DELETE FROM identity.service_accounts WHERE project_id = $1 AND email = $2',
      [],
    );
  }

  /** @throws StatusError NOT_FOUND */
  async setDisabled(project: string, email: string, disabled: boolean): Promise<void> {
    const sql = 'UPDATE identity.service_accounts SET disabled = $3 WHERE project_id = $1 AND email = $2';
    await this.#change(project, email, sql, [disabled]);
  }

  /**
   * A new key as the JSON file that Google's client libraries read.
   * @param tokenUri where they change their signature into an access token
   */
  async createKey(project: string, email: string, tokenUri: string): Promise<Record<string, string>> {
    const { keyIds } = await this.get(project, email);
    if (keyIds.length >= MAX_KEYS) throw invalidArgument(`A service account has at most ${MAX_KEYS} keys.`);
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, {
      modulusLength: 2048,
      extractable: true,
    });
    const kid = randomBytes(20).toString('hex');
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' };
    await this.#db.query(
      'INSERT INTO identity.service_account_keys (kid, email, public_key, created_at) VALUES ($1, $2, $3, $4)',
      [kid, email, JSON.stringify(jwk), Date.now()],
    );
    return {
      type: 'service_account',
      project_id: project,
      private_key_id: kid,
      private_key: await exportPKCS8(privateKey),
      client_email: email,
      client_id: email,
      token_uri: tokenUri,
    };
  }

  /** @throws StatusError NOT_FOUND */
  async deleteKey(project: string, email: string, kid: string): Promise<void> {
    const sql = `DELETE FROM identity.service_account_keys k USING identity.service_accounts a
      WHERE a.email = k.email AND a.project_id = $1 AND a.email = $2 AND k.kid = $3`;
    await this.#change(project, email, sql, [kid]);
  }

  /** The public key with this id, of an account that is not disabled. */
  async keyOf(email: string, kid: string | undefined): Promise<ServiceAccountKey | undefined> {
    if (kid === undefined) return undefined;
    const { rows } = await this.#db.query<{ project_id: string; public_key: string }>(
      `SELECT a.project_id, k.public_key FROM identity.service_account_keys k JOIN identity.service_accounts a USING (email)
       WHERE k.kid = $1 AND k.email = $2 AND NOT a.disabled`,
      [kid, email],
    );
    return rows[0] && { project: rows[0].project_id, key: JSON.parse(rows[0].public_key) as JWK };
  }

  /** Its public keys, unless it is disabled: for what firebase-admin signs, which names no key. */
  async keysOf(email: string): Promise<ServiceAccountKey[]> {
    const { rows } = await this.#db.query<{ project_id: string; public_key: string }>(
      `SELECT a.project_id, k.public_key FROM identity.service_account_keys k JOIN identity.service_accounts a USING (email)
       WHERE k.email = $1 AND NOT a.disabled ORDER BY k.created_at DESC LIMIT $2`,
      [email, MAX_KEYS],
    );
    return rows.map((row) => ({ project: row.project_id, key: JSON.parse(row.public_key) as JWK }));
  }

  async #change(project: string, email: string, sql: string, more: readonly unknown[]): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const { rowCount } = await tx.query(sql, [project, email, ...more]);
      if (rowCount === 0) throw notFound(`Service account or key not found: ${email}`);
      await this.#changes.record(tx, { kind: 'serviceAccount', project, email });
    });
    this.#changes.wake();
  }

  async #read(project: string, email: string | undefined): Promise<ServiceAccount[]> {
    const { rows } = await this.#db.query<Row>(
      `SELECT a.email, display_name, disabled, a.created_at,
              array(SELECT kid FROM identity.service_account_keys k WHERE k.email = a.email ORDER BY created_at) AS kids
         FROM identity.service_accounts a WHERE project_id = $1 AND ($2::text IS NULL OR a.email = $2) ORDER BY a.email`,
      [project, email ?? null],
    );
    return rows.map((row) => ({
      email: row.email,
      displayName: row.display_name,
      disabled: row.disabled,
      createTime: new Date(row.created_at).toISOString(),
      keyIds: row.kids,
    }));
  }
}
