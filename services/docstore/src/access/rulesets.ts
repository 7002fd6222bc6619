import { failedPrecondition, invalidArgument, notFound } from '@telestack/errors';
import { compileRules, formatProblems } from '@telestack/rules';
import type { Queryable } from '../database.ts';
import { READ_TIME } from '../read/row.ts';

export interface StoredRuleset {
  readonly id: string;
  readonly fileName: string;
  readonly source: string;
  /** Microseconds. */
  readonly createTime: number;
}

export interface StoredRelease {
  readonly id: string;
  readonly rulesetId: string;
  readonly createTime: number;
  readonly updateTime: number;
}

/** What holds in a database. */
export interface SourcesInForce {
  /** Microseconds of the snapshot in which it was read. */
  readonly time: number;
  /** Undefined without a release. */
  readonly rules: { readonly source: string; readonly rulesetId: string } | undefined;
  /** JSON; undefined without any. */
  readonly policies: string | undefined;
  readonly schemas: string | undefined;
  /** Another text says that other settings are in force. */
  readonly settingsId: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RELEASE = /^(cloud\.firestore|firebase\.storage)(\/[^/]+)?$/;
const micros = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

/** The most rulesets of one list. */
export const RULESET_PAGE = 100;

/** Deployed sources and their releases, in PostgreSQL. All of them are per project. */
export class Rulesets {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @throws StatusError INVALID_ARGUMENT with line and column when the source does not compile */
  async create(project: string, fileName: string, source: string): Promise<StoredRuleset> {
    const compiled = compileRules(source);
    if (!compiled.ok) throw invalidArgument(formatProblems(compiled.problems));
    const { rows } = await this.#database.query<{ id: string; create_us: number }>(
      `INSERT INTO telestack.rulesets (project, file_name, source) VALUES ($1, $2, $3)
        RETURNING id::text, ${micros('create_time')} AS create_us`,
      [project, fileName, source],
    );
    const row = rows[0]!;
    return { id: row.id, fileName, source, createTime: row.create_us };
  }

  /** @throws StatusError NOT_FOUND */
  async get(project: string, id: string): Promise<StoredRuleset> {
    const { rows } = UUID.test(id)
      ? await this.#database.query<RulesetRow>(
          `SELECT id::text, file_name, source, ${micros('create_time')} AS create_us
            FROM telestack.rulesets WHERE project = $1 AND id = $2`,
          [project, id],
        )
      : { rows: [] };
    if (rows[0] === undefined) throw rulesetNotFound(project, id);
    return toRuleset(rows[0]);
  }

  /** Newest first; `after` is the id of the last one of the page before. */
  async list(project: string, count: number, after: string | undefined): Promise<StoredRuleset[]> {
    if (after !== undefined && !UUID.test(after)) throw invalidArgument('The page token is not valid.');
    const { rows } = await this.#database.query<RulesetRow>(
      `SELECT id::text, file_name, '' AS source, ${micros('create_time')} AS create_us
        FROM telestack.rulesets WHERE project = $1
          AND ($2::uuid IS NULL OR (create_time, id) < (SELECT create_time, id FROM telestack.rulesets WHERE project = $1 AND id = $2))
        ORDER BY create_time DESC, id DESC LIMIT $3`,
      [project, after ?? null, count],
    );
    return rows.map(toRuleset);
  }

  /** @throws StatusError NOT_FOUND, FAILED_PRECONDITION while a release uses it */
  async delete(project: string, id: string): Promise<void> {
    await this.get(project, id);
    const { rows } = await this.#database.query<{ id: string }>(
      `WITH used AS (SELECT id FROM telestack.releases WHERE project = $1 AND ruleset_id = $2),
        gone AS (DELETE FROM telestack.rulesets WHERE project = $1 AND id = $2 AND NOT EXISTS (SELECT FROM used))
        SELECT id FROM used`,
      [project, id],
    );
    if (rows[0] !== undefined) throw failedPrecondition(`The ruleset is in use by release ${rows[0].id}.`);
  }

  /** @throws StatusError NOT_FOUND, INVALID_ARGUMENT for a name that nothing looks for */
  async setRelease(project: string, id: string, rulesetId: string): Promise<StoredRelease> {
    if (!RELEASE.test(id)) {
      throw invalidArgument(
        `"${id}" is not a release: cloud.firestore, cloud.firestore/{database}, firebase.storage or firebase.storage/{bucket}.`,
      );
    }
    await this.get(project, rulesetId);
    const { rows } = await this.#database.query<ReleaseRow>(
      `INSERT INTO telestack.releases (project, id, ruleset_id) VALUES ($1, $2, $3)
        ON CONFLICT (project, id) DO UPDATE SET ruleset_id = excluded.ruleset_id, update_time = clock_timestamp()
        RETURNING ${RELEASE_COLUMNS}`,
      [project, id, rulesetId],
    );
    return toRelease(rows[0]!);
  }

  /** @throws StatusError NOT_FOUND */
  async getRelease(project: string, id: string): Promise<StoredRelease> {
    const { rows } = await this.#database.query<ReleaseRow>(
      `SELECT ${RELEASE_COLUMNS} FROM telestack.releases WHERE project = $1 AND id = $2`,
      [project, id],
    );
    if (rows[0] === undefined) throw releaseNotFound(project, id);
    return toRelease(rows[0]);
  }

  async listReleases(project: string): Promise<StoredRelease[]> {
    const { rows } = await this.#database.query<ReleaseRow>(
      `SELECT ${RELEASE_COLUMNS} FROM telestack.releases WHERE project = $1 ORDER BY id LIMIT 1000`,
      [project],
    );
    return rows.map(toRelease);
  }

  /** @throws StatusError NOT_FOUND */
  async deleteRelease(project: string, id: string): Promise<void> {
    const { rows } = await this.#database.query(
      'DELETE FROM telestack.releases WHERE project = $1 AND id = $2 RETURNING id',
      [project, id],
    );
    if (rows.length === 0) throw releaseNotFound(project, id);
  }

  /** The rules of the first of these releases that exists, and the settings of the database's collections. */
  async sourcesOf(project: string, databaseId: string, releases: readonly string[]): Promise<SourcesInForce> {
    const { rows } = await this.#database.query<{
      id: string | null;
      source: string | null;
      policies: string | null;
      schemas: string | null;
      settings_id: string | null;
      read_us: number;
    }>(
      `SELECT f.id::text, f.source, c.policies, c.schemas, c.settings_id, ${READ_TIME} AS read_us FROM (SELECT) AS one LEFT JOIN LATERAL (
        SELECT s.id, s.source FROM unnest($2::text[]) WITH ORDINALITY AS n(id, i)
          JOIN telestack.releases AS r ON r.project = $1 AND r.id = n.id
          JOIN telestack.rulesets AS s ON s.project = $1 AND s.id = r.ruleset_id ORDER BY n.i LIMIT 1) AS f ON true
        CROSS JOIN LATERAL (
          SELECT max(content) FILTER (WHERE kind = 'policies') AS policies, max(content) FILTER (WHERE kind = 'schemas') AS schemas,
              string_agg(extract(epoch FROM update_time)::text, ',' ORDER BY kind) AS settings_id
            FROM telestack.collection_settings WHERE project = $1 AND database_id = $3) AS c`,
      [project, releases, databaseId],
    );
    const { id, source, policies, schemas, settings_id: settingsId, read_us: time } = rows[0]!;
    return {
      time,
      rules: source === null ? undefined : { source, rulesetId: id! },
      policies: policies ?? undefined,
      schemas: schemas ?? undefined,
      settingsId: settingsId ?? '',
    };
  }

  /** The ruleset of the first of these releases that exists; without its source where that is the one that is known. */
  async find(
    candidates: readonly { readonly project: string; readonly id: string }[],
    knownId: string,
  ): Promise<{ id: string; fileName: string; source: string | null } | undefined> {
    const { rows } = await this.#database.query<{ id: string; file_name: string; source: string | null }>(
      `SELECT s.id::text, s.file_name, CASE WHEN s.id::text <> $3 THEN s.source END AS source
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n(project, id, i)
        JOIN telestack.releases AS r ON r.project = n.project AND r.id = n.id
        JOIN telestack.rulesets AS s ON s.project = r.project AND s.id = r.ruleset_id ORDER BY n.i LIMIT 1`,
      [candidates.map(({ project }) => project), candidates.map(({ id }) => id), knownId],
    );
    const row = rows[0];
    return row && { id: row.id, fileName: row.file_name, source: row.source };
  }
}

interface RulesetRow {
  id: string;
  file_name: string;
  source: string;
  create_us: number;
}

interface ReleaseRow {
  id: string;
  ruleset_id: string;
  create_us: number;
  update_us: number;
}

const RELEASE_COLUMNS = `id, ruleset_id::text, ${micros('create_time')} AS create_us, ${micros('update_time')} AS update_us`;

const toRuleset = (row: RulesetRow): StoredRuleset => ({
  id: row.id,
  fileName: row.file_name,
  source: row.source,
  createTime: row.create_us,
});

const toRelease = (row: ReleaseRow): StoredRelease => ({
  id: row.id,
  rulesetId: row.ruleset_id,
  createTime: row.create_us,
  updateTime: row.update_us,
});

const rulesetNotFound = (project: string, id: string) =>
  notFound(`Ruleset projects/${project}/rulesets/${id} not found.`);
const releaseNotFound = (project: string, id: string) =>
  notFound(`Release projects/${project}/releases/${id} not found.`);
