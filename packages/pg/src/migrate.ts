import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failedPrecondition } from '@telestack/errors';
import type { Database } from './database.ts';
import type { Session } from './session.ts';

export interface Migration {
  /** The file's number, from 1. */
  version: number;
  name: string;
  sql: string;
  /** SHA-256 of the file, in hex. */
  checksum: string;
}

export interface MigrationResult {
  /** Names of the files that this call applied, in order. */
  applied: string[];
  /** The newest version in the database afterwards; 0 for none. */
  version: number;
}

/** "telestac" as a number: the advisory lock that replicas which start together wait for. */
const LOCK = 0x74656c6573746163n;
/** For one migration, and for the wait for the replica that migrates. */
const TIMEOUT_MS = 60 * 60 * 1_000;
const FILE = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** The folder's NNNN-name.sql files in order. Throws on a number that is used twice; other files are ignored. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => FILE.test(file)).sort();
  const migrations = await Promise.all(
    files.map(async (file): Promise<Migration> => {
      const sql = await readFile(join(folder, file), 'utf8');
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(0, -'.sql'.length),
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    }),
  );
  migrations.forEach((migration, i) => {
    if (migration.version === migrations[i - 1]?.version) {
      throw failedPrecondition(`Two migrations have the number of ${migration.name}.`);
    }
  });
  return migrations;
}

/**
 * Brings the database forward: applies each of the folder's files that it has not had, each in a transaction of its own.
 * FAILED_PRECONDITION when a file that was applied has changed since. A database that is ahead of the folder (a newer
 * replica has migrated it) is left as it is. `schema` keeps the list of what was applied: services of one database have one each.
 */
export async function migrate(
  db: Database,
  folder: string,
  schema: string = 'telestack',
): Promise<MigrationResult> {
  const migrations = await readMigrations(folder);
  return db.withConnection(async (session) => {
    // A migration may take longer than a request may, and so may the wait for the replica that runs it.
    await session.command('SET statement_timeout = 0');
    await session.command(`SELECT pg_advisory_lock(${LOCK})`, TIMEOUT_MS);
    try {
      return await applyMissing(session, migrations, schema);
    } finally {
      await session.command(`SELECT pg_advisory_unlock(${LOCK}); RESET statement_timeout`).catch(() => {});
    }
  });
}

async function applyMissing(
  session: Session,
  migrations: Migration[],
  schema: string,
): Promise<MigrationResult> {
  await session.command(
    `CREATE SCHEMA IF NOT EXISTS ${schema};
     CREATE TABLE IF NOT EXISTS ${schema}.migrations (
       version integer PRIMARY KEY,
       name text NOT NULL,
       checksum text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
  const { rows } = await session.query<{ version: number; checksum: string }>(
    `SELECT version, checksum FROM ${schema}.migrations ORDER BY version`,
  );
  const known = new Map(rows.map((row) => [row.version, row.checksum]));
  const applied: string[] = [];
  for (const migration of migrations) {
    const checksum = known.get(migration.version);
    if (checksum === undefined) {
      await apply(session, migration, schema);
      applied.push(migration.name);
    } else if (checksum !== migration.checksum) {
      throw failedPrecondition(`The migration ${migration.name} has changed since it was applied.`);
    }
  }
  return { applied, version: Math.max(0, ...known.keys(), ...migrations.map(({ version }) => version)) };
}

async function apply(session: Session, migration: Migration, schema: string): Promise<void> {
  try {
    await session.command('BEGIN');
    await session.command(migration.sql, TIMEOUT_MS);
    await session.query(`INSERT INTO ${schema}.migrations (version, name, checksum) VALUES ($1, $2, $3)`, [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await session.command('COMMIT');
  } catch (error) {
    if (session.isInTransaction) await session.command('ROLLBACK').catch(() => {});
    throw failedPrecondition(`The migration ${migration.name} failed: ${rootMessage(error)}`, {
      cause: error,
    });
  }
}

function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root.message : String(root);
}
