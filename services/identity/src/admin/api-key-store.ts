import { randomBytes } from 'node:crypto';
import { invalidArgument, notFound } from '@telestack/errors';
import type { Database, Queryable } from '@telestack/pg';
import type { Scope } from '@telestack/rpc';
import { type ApiKeyRecord, createApiKey, hashApiKey } from '@telestack/tokens';
import type { PrincipalChanges } from '../credentials/changes.ts';

/** A key as administrators see it. */
export interface ApiKey {
  readonly keyId: string;
  readonly kind: 'secret' | 'web';
  readonly displayName: string;
  /** The part by which it can be told from others; of a web key all. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createTime: string;
  readonly expireTime?: string;
  readonly revokeTime?: string;
}

export interface NewKey {
  readonly kind: 'secret' | 'web';
  readonly displayName: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

interface Row {
  readonly key_id: string;
  readonly project_id: string;
  readonly prefix: string;
  readonly kind: 'secret' | 'web';
  readonly hash: string;
  readonly display_name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

const MAX_KEYS = 1_000;
const WEB_KEY_CACHE_MS = 5_000;
const WEB_KEYS_CACHED = 10_000;

/** API keys: secret ones, which carry scopes, and web keys, which are public and only name a project. */
export class ApiKeyStore {
  readonly #db: Database;
  readonly #changes: PrincipalChanges;
  readonly #webKeys = new Map<string, { readonly project: string | undefined; readonly until: number }>();

  constructor(db: Database, changes: PrincipalChanges) {
    this.#db = db;
    this.#changes = changes;
  }

  /** The one time that a secret key is told. */
  async create(project: string, wanted: NewKey): Promise<{ readonly key: string; readonly apiKey: ApiKey }> {
    const { rows } = await this.#db.query<{ n: number }>(
      'SELECT count(*) AS n FROM identity.api_keys WHERE project_id = $1 AND revoked_at IS NULL',
      [project],
    );
    if ((rows[0]?.n ?? 0) >= MAX_KEYS) throw invalidArgument(`A project has at most ${MAX_KEYS} API keys.`);
    return this.#insert(this.#db, project, wanted);
  }

  async list(project: string): Promise<ApiKey[]> {
    const { rows } = await this.#db.query<Row>(
      'SELECT * FROM identity.api_keys WHERE project_id = $1 ORDER BY created_at, key_id LIMIT $2',
      [project, MAX_KEYS * 2],
    );
    return rows.map(apiKeyOf);
  }

  /** @throws StatusError NOT_FOUND */
  async get(project: string, keyId: string): Promise<ApiKey> {
    const { rows } = await this.#db.query<Row>(
      'SELECT * FROM identity.api_keys WHERE project_id = $1 AND key_id = $2',
      [project, keyId],
    );
    if (!rows[0]) throw notFound(`API key not found: ${keyId}`);
    return apiKeyOf(rows[0]);
  }

  /** A new key with the same rights; the old one ends after `graceMs`. @throws StatusError NOT_FOUND */
  async rotate(project: string, keyId: string, graceMs: number): Promise<{ key: string; apiKey: ApiKey }> {
    const made = await this.#db.transaction(async (tx) => {
      const { rows } = await tx.query<Row>(
        'SELECT * FROM identity.api_keys WHERE project_id = $1 AND key_id = $2 AND revoked_at IS NULL FOR UPDATE',
        [project, keyId],
      );
      const old = rows[0];
      if (old === undefined) throw notFound(`API key not found: ${keyId}`);
      const end = Math.min(Date.now() + graceMs, old.expires_at ?? Number.POSITIVE_INFINITY);
      await tx.query('UPDATE identity.api_keys SET expires_at = $2 WHERE key_id = $1', [keyId, end]);
      await this.#changes.record(tx, { kind: 'apiKey', project, keyId });
      return this.#insert(tx, project, {
        kind: old.kind,
        displayName: old.display_name,
        scopes: JSON.parse(old.scopes) as Scope[],
        expiresAt: old.expires_at ?? undefined,
      });
    });
    this.#changes.wake();
    return made;
  }

  /** @throws StatusError NOT_FOUND */
  async revoke(project: string, keyId: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const { rowCount } = await tx.query(
        'UPDATE identity.api_keys SET revoked_at = $3 WHERE project_id = $1 AND key_id = $2 AND revoked_at IS NULL',
        [project, keyId, Date.now()],
      );
      if (rowCount === 0) throw notFound(`API key not found: ${keyId}`);
      await this.#changes.record(tx, { kind: 'apiKey', project, keyId });
    });
    this.#webKeys.clear();
    this.#changes.wake();
  }

  /** The secret key in force that begins with the prefix. */
  async record(prefix: string): Promise<ApiKeyRecord | undefined> {
    const { rows } = await this.#db.query<Row>(
      `SELECT * FROM identity.api_keys WHERE prefix = $1 AND kind = 'secret' AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > $2)`,
      [prefix, Date.now()],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return {
      keyId: row.key_id,
      project: row.project_id,
      hash: row.hash,
      scopes: JSON.parse(row.scopes) as Scope[],
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    };
  }

  /** The project that a web key names. */
  async projectOfWebKey(key: string): Promise<string | undefined> {
    const cached = this.#webKeys.get(key);
    if (cached !== undefined && cached.until > Date.now()) return cached.project;
    const { rows } = await this.#db.query<{ project_id: string }>(
      `SELECT project_id FROM identity.api_keys WHERE prefix = $1 AND kind = 'web' AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > $2)`,
      [key, Date.now()],
    );
    const project = rows[0]?.project_id;
    if (this.#webKeys.size >= WEB_KEYS_CACHED) this.#webKeys.clear();
    this.#webKeys.set(key, { project, until: Date.now() + WEB_KEY_CACHE_MS });
    return project;
  }

  /** A web key with a text that the operator has chosen. */
  async ensureWebKey(project: string, key: string): Promise<void> {
    await this.#db.query(
      `INSERT INTO identity.api_keys (key_id, project_id, prefix, kind, hash, display_name, scopes, created_at)
       VALUES ($1, $2, $3, 'web', $4, 'configured', '[]', $5) ON CONFLICT (prefix) DO NOTHING`,
      [randomBytes(12).toString('hex'), project, key, hashApiKey(key), Date.now()],
    );
  }

  async #insert(on: Queryable, project: string, wanted: NewKey): Promise<{ key: string; apiKey: ApiKey }> {
    const { key, prefix, hash } = wanted.kind === 'secret' ? createApiKey() : webKey();
    const row: Row = {
      key_id: randomBytes(12).toString('hex'),
      project_id: project,
      prefix,
      kind: wanted.kind,
      hash,
      display_name: wanted.displayName,
      scopes: JSON.stringify(wanted.scopes),
      created_at: Date.now(),
      expires_at: wanted.expiresAt ?? null,
      revoked_at: null,
    };
    await on.query(
      `INSERT INTO identity.api_keys (key_id, project_id, prefix, kind, hash, display_name, scopes, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        row.key_id,
        project,
        prefix,
        row.kind,
        hash,
        row.display_name,
        row.scopes,
        row.created_at,
        row.expires_at,
      ],
    );
    return { key, apiKey: apiKeyOf(row) };
  }
}

function webKey() {
  const key = `tsweb_${randomBytes(24).toString('base64url')}`;
  return { key, prefix: key, hash: hashApiKey(key) };
}

function apiKeyOf(row: Row): ApiKey {
  const time = (ms: number | null) => (ms === null ? undefined : new Date(ms).toISOString());
  return {
    keyId: row.key_id,
    kind: row.kind,
    displayName: row.display_name,
    prefix: row.kind === 'secret' ? `tsk_${row.prefix}` : row.prefix,
    scopes: JSON.parse(row.scopes) as Scope[],
    createTime: time(row.created_at)!,
    expireTime: time(row.expires_at),
    revokeTime: time(row.revoked_at),
  };
}
