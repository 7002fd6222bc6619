import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '@telestack/pg';
import type { Realm } from '../accounts/account.ts';
import { check } from '../errors.ts';

export type OobType =
  | 'PASSWORD_RESET'
  | 'VERIFY_EMAIL'
  | 'EMAIL_SIGNIN'
  | 'VERIFY_AND_CHANGE_EMAIL'
  | 'RECOVER_EMAIL';

/** What a mailed code is good for. */
export interface OobRequest {
  readonly requestType: OobType;
  readonly email: string;
  readonly newEmail?: string;
  /** Whose address is recovered: by then it is another one. */
  readonly localId?: string;
}

/** A code with the link that is mailed. */
export interface OobMail extends OobRequest {
  readonly oobCode: string;
  readonly oobLink: string;
}

const LIFETIME_MS: Readonly<Record<OobType, number>> = {
  PASSWORD_RESET: 3_600_000,
  EMAIL_SIGNIN: 6 * 3_600_000,
  VERIFY_EMAIL: 3 * 24 * 3_600_000,
  VERIFY_AND_CHANGE_EMAIL: 3 * 24 * 3_600_000,
  RECOVER_EMAIL: 30 * 24 * 3_600_000,
};
/** Codes that the dev profile lists. */
const LISTED = 1_000;

/** Codes that are mailed to prove that an address is one's own. Each works once, for a time. */
export class OobCodes {
  readonly #db: Database;
  readonly #isListed: boolean;

  /** @param isListed keeps the codes themselves, so that they can be read without a mailbox; only for the dev profile */
  constructor(db: Database, isListed: boolean) {
    this.#db = db;
    this.#isListed = isListed;
  }

  async create(realm: Realm, request: OobRequest, linkOf: (code: string) => string): Promise<OobMail> {
    const oobCode = randomBytes(40).toString('base64url');
    const mail = { ...request, oobCode, oobLink: linkOf(oobCode) };
    const now = Date.now();
    await this.#db.query(
      `INSERT INTO identity.oob_codes (hash, project_id, tenant_id, request, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        hashOf(oobCode),
        realm.project,
        realm.tenant,
        JSON.stringify(this.#isListed ? mail : request),
        now,
        now + LIFETIME_MS[request.requestType],
      ],
    );
    return mail;
  }

  /** What the code is good for; it stays good. @throws IdentityError INVALID_OOB_CODE, EXPIRED_OOB_CODE */
  async find(realm: Realm, code: string): Promise<OobRequest> {
    return this.#read(
      realm,
      code,
      'SELECT request, expires_at FROM identity.oob_codes WHERE hash = $1 AND project_id = $2 AND tenant_id = $3',
    );
  }

  /** Uses the code up. @throws IdentityError INVALID_OOB_CODE, EXPIRED_OOB_CODE */
  async take(realm: Realm, code: string): Promise<OobRequest> {
    return this.#read(
      realm,
      code,
      `DELETE FROM identity.oob_codes WHERE hash = $1 AND project_id = $2 AND tenant_id = $3
       RETURNING request, expires_at`,
    );
  }

  /** The codes of a project, oldest first; none but in the dev profile. */
  async list(project: string): Promise<OobMail[]> {
    if (!this.#isListed) return [];
    const { rows } = await this.#db.query<{ request: string }>(
      'SELECT request FROM identity.oob_codes WHERE project_id = $1 ORDER BY created_at DESC LIMIT $2',
      [project, LISTED],
    );
    return rows.map(({ request }) => JSON.parse(request) as OobMail).reverse();
  }

  async prune(): Promise<void> {
    await this.#db.query('DELETE FROM identity.oob_codes WHERE expires_at < $1', [
      Date.now() - 24 * 3_600_000,
    ]);
  }

  async #read(realm: Realm, code: string, sql: string): Promise<OobRequest> {
    const { rows } = await this.#db.query<{ request: string; expires_at: number }>(sql, [
      hashOf(code),
      realm.project,
      realm.tenant,
    ]);
    const row = rows[0];
    check(row, 'INVALID_OOB_CODE');
    check(row.expires_at > Date.now(), 'EXPIRED_OOB_CODE');
    return JSON.parse(row.request) as OobRequest;
  }
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
