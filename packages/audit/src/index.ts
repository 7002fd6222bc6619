import { invalidArgument } from '@telestack/errors';

/** One act of an administrator. No secrets, and of a user's data no more than names of fields. */
export interface AuditAct {
  readonly project: string;
  readonly actor: string;
  /** "accounts.update", "buckets.delete". */
  readonly action: string;
  /** What it was done to: a user's id, a bucket's name. */
  readonly target: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** As it was recorded, and as it is shown. */
export interface AuditEntry {
  /** Grows with time. */
  readonly id: string;
  /** ISO 8601 with microseconds, UTC. */
  readonly time: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What is asked of PostgreSQL: a pool and a client both do. */
interface Queryable {
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }>;
}

export const AUDIT_PAGE = 100;

/**
 * The acts of administrators in one service: a row each in the table `audit` of the service's schema, and a line in its process's log.
 * Rows are only ever added. Each service has its own table, since each has a role of PostgreSQL that sees its own schema alone.
 */
export class AuditLog {
  readonly #database: Queryable;
  readonly #table: string;
  readonly #log: (message: string) => void;

  /** @param schema of the service's own; its migrations make `audit` there */
  constructor(database: Queryable, schema: string, log: (message: string) => void) {
    this.#database = database;
    this.#table = `${schema}.audit`;
    this.#log = log;
  }

  /** After the act has succeeded; when it cannot be recorded, the caller learns of it. */
  async record({ project, actor, action, target, details = {} }: AuditAct): Promise<void> {
    const text = JSON.stringify(details);
    this.#log(`Audit: ${actor} ${action} ${project} ${target}${text === '{}' ? '' : ` ${text}`}`);
    await this.#database.query(
      `INSERT INTO ${this.#table} (project, actor, action, target, details) VALUES ($1, $2, $3, $4, $5)`,
      [project, actor, action, target, text],
    );
  }

  /**
   * The newest first, at most AUDIT_PAGE.
   *
   * @param before the id of the last one of the page before; '' for the first page
   * @throws INVALID_ARGUMENT when `before` is no id
   */
  async list(project: string, before: string): Promise<AuditEntry[]> {
    if (!/^[0-9]{0,18}$/.test(before)) throw invalidArgument('before must be the id of an entry.');
    const { rows } = await this.#database.query<AuditEntry & { details: string }>(
      `SELECT id::text, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time,
              actor, action, target, details::text AS details
         FROM ${this.#table}
        WHERE project = $1 AND ($2::bigint IS NULL OR id < $2::bigint) ORDER BY id DESC LIMIT $3`,
      [project, before || null, AUDIT_PAGE],
    );
    return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as AuditEntry['details'] }));
  }
}
