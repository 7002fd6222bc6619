import type { Queryable } from '../database.ts';

/** One act of an administrator. */
export interface AuditAct {
  readonly project: string;
  readonly actor: string;
  /** "policies.set", "releases.delete". */
  readonly action: string;
  /** What it was done to. */
  readonly target: string;
}

export interface AuditEntry extends AuditAct {
  readonly id: bigint;
  /** Microseconds. */
  readonly time: number;
}

export const AUDIT_PAGE = 100;

/** Who has changed what callers may do. */
export class Audit {
  readonly #database: Queryable;
  readonly #log: (message: string) => void;

  constructor(database: Queryable, log: (message: string) => void) {
    this.#database = database;
    this.#log = log;
  }

  /** After the act has succeeded; when it cannot be recorded, the caller learns of it. */
  async record({ project, actor, action, target }: AuditAct): Promise<void> {
    this.#log(`Audit: ${actor} ${action} ${project} ${target}`);
    await this.#database.query(
      'INSERT INTO telestack.audit (project, actor, action, target) VALUES ($1, $2, $3, $4)',
      [project, actor, action, target],
    );
  }

  /** The newest first. @param before the id of the last one of the page before */
  async list(project: string, before: bigint | undefined): Promise<AuditEntry[]> {
    const { rows } = await this.#database.query<{
      id: string;
      time_us: number;
      actor: string;
      action: string;
      target: string;
    }>(
      `SELECT id::text, (extract(epoch FROM time) * 1000000)::bigint AS time_us, actor, action, target FROM telestack.audit
        WHERE project = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [project, before ?? null, AUDIT_PAGE],
    );
    return rows.map(({ id, time_us: time, ...row }) => ({ project, id: BigInt(id), time, ...row }));
  }
}
