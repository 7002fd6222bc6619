import { invalidArgument } from '@telestack/errors';
import type { Queryable } from '../database.ts';
import { parsePolicies } from '../policies/parse.ts';
import { Schemas } from '../schemas/schemas.ts';

export type SettingsKind = 'policies' | 'schemas';

/** Whose settings: of a database of a project. */
export interface SettingsName {
  readonly project: string;
  readonly databaseId: string;
  readonly kind: SettingsKind;
}

export interface StoredSettings {
  /** JSON. */
  readonly content: string;
  /** Microseconds; undefined where nobody has set any. */
  readonly updateTime: number | undefined;
}

/** What nobody has set. */
const EMPTY: Readonly<Record<SettingsKind, string>> = { policies: '[]', schemas: '{}' };

interface Row {
  content: string;
  update_us: number;
}

const COLUMNS = 'content, (extract(epoch FROM update_time) * 1000000)::bigint AS update_us';

/** @throws StatusError INVALID_ARGUMENT with the cause */
export function checkSettings(kind: SettingsKind, content: string): void {
  if (kind === 'policies') parsePolicies(content);
  else Schemas.parse(content).compileAll();
}

/** Policies and schemas of collections, in PostgreSQL beside the releases of rules. */
export class CollectionSettings {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async get({ project, databaseId, kind }: SettingsName): Promise<StoredSettings> {
    const { rows } = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM telestack.collection_settings WHERE project = $1 AND database_id = $2 AND kind = $3`,
      [project, databaseId, kind],
    );
    const row = rows[0];
    return row
      ? { content: row.content, updateTime: row.update_us }
      : { content: EMPTY[kind], updateTime: undefined };
  }

  /** @throws StatusError INVALID_ARGUMENT with the cause; what was there before stays */
  async set(name: SettingsName, content: string): Promise<StoredSettings> {
    checkSettings(name.kind, content);
    await this.#write(name, content, 'api');
    return this.get(name);
  }

  /**
   * Sets what a file of the deployment says; nothing happens when that is in force. A file without content takes back what a file has set, and
   * leaves alone what was set through the API.
   * @returns whether anything has changed
   * @throws StatusError INVALID_ARGUMENT with the cause; what was there before stays
   */
  async setFromFile(name: SettingsName, content: string | undefined): Promise<boolean> {
    if (content !== undefined && !isEmpty(content)) {
      checkSettings(name.kind, content);
      return this.#write(name, content, 'file');
    }
    const { rows } = await this.#database.query(
      `DELETE FROM telestack.collection_settings
        WHERE project = $1 AND database_id = $2 AND kind = $3 AND origin = 'file' RETURNING kind`,
      [name.project, name.databaseId, name.kind],
    );
    return rows.length > 0;
  }

  async #write(
    { project, databaseId, kind }: SettingsName,
    content: string,
    origin: string,
  ): Promise<boolean> {
    // Another row, another release: what is the same already must not have every listener looked at again.
    const { rows } = await this.#database.query(
      `INSERT INTO telestack.collection_settings AS s (project, database_id, kind, content, origin) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (project, database_id, kind)
          DO UPDATE SET content = excluded.content, origin = excluded.origin, update_time = clock_timestamp()
          WHERE (s.content, s.origin) IS DISTINCT FROM (excluded.content, excluded.origin)
        RETURNING kind`,
      [project, databaseId, kind, content, origin],
    );
    return rows.length > 0;
  }
}

/** @throws StatusError INVALID_ARGUMENT */
export function settingsKind(kind: string): SettingsKind {
  if (kind !== 'policies' && kind !== 'schemas')
    throw invalidArgument(`"${kind}" is neither policies nor schemas.`);
  return kind;
}

const isEmpty = (content: string): boolean => ['', '[]', '{}'].includes(content.replaceAll(/\s/g, ''));
