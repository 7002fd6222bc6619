import type { Database } from '@telestack/pg';

/** One act of an administrator. No secrets, and of a user's data no more than names of fields. */
export interface AuditEntry {
  readonly project: string;
  readonly actor: string;
  /** "accounts.update", "apiKeys.revoke". */
  readonly action: string;
  /** A user's id, a key's id. */
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export class AuditLog {
  readonly #db: Database;
  readonly #write: (entry: AuditEntry) => void;

  /** @param write for the process's log */
  constructor(db: Database, write: (entry: AuditEntry) => void) {
    this.#db = db;
    this.#write = write;
  }

  /** After the act has succeeded; when it cannot be recorded, the caller learns of it. */
  async record(entry: AuditEntry): Promise<void> {
    this.#write(entry);
    await this.#db.query(
      'INSERT INTO identity.audit (project_id, actor, action, target, details) VALUES ($1, $2, $3, $4, $5)',
      [entry.project, entry.actor, entry.action, entry.target, JSON.stringify(entry.details)],
    );
  }

  /** The newest first. */
  async list(project: string, page: { readonly before?: number; readonly limit: number }): Promise<object[]> {
    const { rows } = await this.#db.query<{ id: number; at: string; details: string }>(
      `SELECT id, at, actor, action, target, details FROM identity.audit
       WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
      [project, page.before ?? Number.MAX_SAFE_INTEGER, page.limit],
    );
    return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as unknown }));
  }
}
