import { invalidArgument, permissionDenied } from '@telestack/errors';
import type { Route } from '@telestack/http';
import type { Database } from '@telestack/pg';
import { actorOf, isOfProject, type Principal } from '@telestack/rpc';

/** One act of an administrator. What is done to single files is none: that is their users' traffic. */
export interface AuditAct {
  readonly project: string;
  readonly principal: Principal;
  readonly action: 'buckets.create' | 'buckets.delete' | 'files.reconcile';
  /** What it was done to: a bucket's name. */
  readonly target: string;
}

const PAGE = 100;

/** Who has made and removed buckets. */
export class Audit {
  readonly #db: Database;
  readonly #log: (message: string) => void;

  constructor(db: Database, log: (message: string) => void) {
    this.#db = db;
    this.#log = log;
  }

  /** After the act has succeeded; when it cannot be recorded, the caller learns of it. */
  async record({ project, principal, action, target }: AuditAct): Promise<void> {
    const actor = actorOf(principal);
    this.#log(`Audit: ${actor} ${action} ${project} ${target}`);
    await this.#db.query(
      'INSERT INTO storage.audit (project, actor, action, target) VALUES ($1, $2, $3, $4)',
      [project, actor, action, target],
    );
  }

  /** The newest first. @param before the id of the last one of the page before */
  async list(project: string, before: string | undefined): Promise<object[]> {
    const { rows } = await this.#db.query<{ time: string }>(
      `SELECT id::text, time, actor, action, target FROM storage.audit
        WHERE project = $1 AND ($2::bigint IS NULL OR id < $2::bigint) ORDER BY id DESC LIMIT $3`,
      [project, before ?? null, PAGE],
    );
    return rows.map((row) => ({ ...row, time: new Date(row.time).toISOString() }));
  }
}

/** `GET /v1/storage:auditLog?project=…&before=…` */
export function auditRoute(audit: Audit, defaultProject: string): Route {
  return {
    method: 'GET',
    path: '/v1/storage:auditLog',
    access: 'admin',
    async handle({ url, context: { principal } }) {
      const own = 'project' in principal ? principal.project : undefined;
      const project = url.searchParams.get('project') || (own ?? defaultProject);
      if (!isOfProject(principal, project)) throw permissionDenied('Permission denied.');
      const before = url.searchParams.get('before') ?? undefined;
      if (before !== undefined && !/^[0-9]{1,18}$/.test(before))
        throw invalidArgument('before must be the id of an entry.');
      return { body: { entries: await audit.list(project, before) } };
    },
  };
}
