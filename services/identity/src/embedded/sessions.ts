import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database, Queryable } from '@telestack/pg';
import type { Realm } from '../accounts/account.ts';
import { check, IdentityError } from '../errors.ts';
import type { Session, SessionData } from '../provider/provider.ts';

/** A session that nobody refreshes for so long ends. */
const IDLE_LIFETIME_MS = 400 * 24 * 3_600_000;
/** Tabs of a browser refresh with the same token at the same time: within so long they get the same next one. */
const SAME_ANSWER_MS = 10_000;
/** So long it is remembered whose an ended session was. */
const ENDED_LIFETIME_MS = 30 * 24 * 3_600_000;

const FORMAT = /^[\w-]{22}\.[\w-]{43}$/;

interface Row {
  readonly project_id: string;
  readonly tenant_id: string;
  readonly local_id: string;
  readonly current_hash: Buffer;
  readonly previous_hash: Buffer | null;
  readonly rotation_key: Buffer | null;
  readonly rotated_at: number | null;
  readonly data: string;
}

/**
 * Sessions with refresh tokens of one use: each is changed into the next. A token may be presented again as long as its successor has not been
 * used, since the answer may have been lost; one that is older than that was copied, and the session ends.
 */
export class SessionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(realm: Realm, localId: string, data: SessionData): Promise<Session> {
    const id = randomBytes(16).toString('base64url');
    const secret = randomBytes(32);
    await this.#db.query(
      `INSERT INTO identity.sessions (session_id, project_id, tenant_id, local_id, current_hash, data, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        id,
        realm.project,
        realm.tenant,
        localId,
        hashOf(secret),
        JSON.stringify(data),
        Date.now(),
        Date.now() + IDLE_LIFETIME_MS,
      ],
    );
    return { localId, data, refreshToken: tokenOf(id, secret) };
  }

  /** @throws IdentityError INVALID_REFRESH_TOKEN; of a session that has ended USER_DISABLED, USER_NOT_FOUND or TOKEN_EXPIRED */
  async refresh(realm: Realm, token: string): Promise<Session> {
    check(FORMAT.test(token), 'INVALID_REFRESH_TOKEN');
    const [id, text] = token.split('.');
    const secret = Buffer.from(text!, 'base64url');
    const session = await this.#db.transaction(async (tx) => {
      const { rows } = await tx.query<Row>(
        'SELECT * FROM identity.sessions WHERE session_id = $1 AND expires_at > $2 FOR UPDATE',
        [id ?? '', Date.now()],
      );
      const row = rows[0];
      if (row === undefined || row.project_id !== realm.project || row.tenant_id !== realm.tenant)
        return undefined;
      const next = await this.#rotate(tx, id!, row, secret);
      if (next === undefined) return undefined;
      const data = JSON.parse(row.data) as SessionData;
      return { localId: row.local_id, data, refreshToken: tokenOf(id!, next) };
    });
    return session ?? this.#refuse(realm, id!);
  }

  /** Ends the sessions of an account, or of all of the realm's. */
  async revoke(on: Queryable, realm: Realm, localId?: string): Promise<void> {
    await on.query(
      `WITH ended AS (
         DELETE FROM identity.sessions WHERE project_id = $1 AND tenant_id = $2 AND ($3::text IS NULL OR local_id = $3)
         RETURNING session_id, project_id, tenant_id, local_id)
       INSERT INTO identity.ended_sessions (session_id, project_id, tenant_id, local_id, expires_at)
       SELECT session_id, project_id, tenant_id, local_id, $4 FROM ended`,
      [realm.project, realm.tenant, localId ?? null, Date.now() + ENDED_LIFETIME_MS],
    );
  }

  /** Each of these codes, and no other, makes the SDK sign the user out. */
  async #refuse(realm: Realm, id: string): Promise<never> {
    const { rows } = await this.#db.query<{ disabled: boolean | null }>(
      `SELECT a.disabled FROM identity.ended_sessions s
       LEFT JOIN identity.accounts a USING (project_id, tenant_id, local_id)
       WHERE s.session_id = $1 AND s.project_id = $2 AND s.tenant_id = $3`,
      [id, realm.project, realm.tenant],
    );
    const [ended] = rows;
    if (ended?.disabled === null) throw new IdentityError('USER_NOT_FOUND');
    throw new IdentityError(ended?.disabled ? 'USER_DISABLED' : 'TOKEN_EXPIRED');
  }

  async #rotate(tx: Queryable, id: string, row: Row, secret: Buffer): Promise<Buffer | undefined> {
    const hash = hashOf(secret);
    const isCurrent = isEqual(hash, row.current_hash);
    if (!isCurrent && !isEqual(hash, row.previous_hash)) {
      await tx.query('DELETE FROM identity.sessions WHERE session_id = $1', [id]);
      return undefined;
    }
    const isRepeated = !isCurrent && Date.now() - (row.rotated_at ?? 0) < SAME_ANSWER_MS;
    const key = isRepeated && row.rotation_key !== null ? row.rotation_key : randomBytes(32);
    const next = createHmac('sha256', key).update(secret).digest();
    if (!isRepeated) {
      await tx.query(
        `UPDATE identity.sessions SET current_hash = $2, previous_hash = $3, rotation_key = $4, rotated_at = $5, expires_at = $6
         WHERE session_id = $1`,
        [id, hashOf(next), hash, key, Date.now(), Date.now() + IDLE_LIFETIME_MS],
      );
    }
    return next;
  }
}

function tokenOf(id: string, secret: Buffer): string {
  return `${id}.${secret.toString('base64url')}`;
}

function hashOf(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}

function isEqual(a: Buffer, b: Buffer | null): boolean {
  return b !== null && a.length === b.length && timingSafeEqual(a, b);
}
