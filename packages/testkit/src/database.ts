import { createHash, randomBytes } from 'node:crypto';
import { Database, migrate, readMigrations, sqlState } from '@telestack/pg';
import { eventually } from './eventually.ts';
import { startPostgres } from './servers.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** As superuser, over the unix socket. */
  readonly url: string;
  /** Drops it, with its replication slots and whoever is still connected. */
  drop(): Promise<void>;
}

export interface CreateDatabaseOptions {
  /** Folder of NNNN-name.sql files that the database has had: applied once per run to a template, then copied. */
  migrations?: string;
}

/** A fresh database in the run's shared PostgreSQL: one per test file keeps files independent. */
export async function createDatabase(options: CreateDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = await startPostgres();
  const template =
    options.migrations === undefined ? 'template0' : await ensureTemplate(adminUrl, options.migrations);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin(adminUrl, (admin) => createFrom(admin, name, template));
  const drop = () => withAdmin(adminUrl, (admin) => dropDatabase(admin, name));
  return { name, url: databaseUrl(adminUrl, name), drop, [Symbol.asyncDispose]: drop };
}

/** The migrated template for the folder's present content. */
async function ensureTemplate(adminUrl: string, folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const migration of await readMigrations(folder))
    hash.update(`${migration.name}\0${migration.checksum}\n`);
  const template = `template_${hash.digest('hex').slice(0, 16)}`;
  await withAdmin(adminUrl, (admin) =>
    // One worker makes it, the others wait for the lock and find it.
    admin.withConnection(async (session) => {
      await session.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
      try {
        const { rows } = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
        if (rows.length > 0) return;
        const making = `${template}_new`;
        await session.command(`DROP DATABASE IF EXISTS ${making} WITH (FORCE)`);
        await session.command(`CREATE DATABASE ${making} TEMPLATE template0`);
        const db = open(databaseUrl(adminUrl, making));
        await migrate(db, folder).finally(() => db.close());
        // The server takes a moment to see that the migrator's connection is gone.
        await eventually(() => session.command(`ALTER DATABASE ${making} RENAME TO ${template}`), 10_000);
      } finally {
        await session.query('SELECT pg_advisory_unlock(hashtext($1))', [template]);
      }
    }),
  );
  return template;
}

async function createFrom(admin: Database, name: string, template: string): Promise<void> {
  // 55006: another worker's copy has the template open for a moment.
  await eventually(
    () => admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`),
    20_000,
    (error) => sqlState(error) === '55006',
  );
}

async function dropDatabase(admin: Database, name: string): Promise<void> {
  await eventually(async () => {
    await admin.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = $1 AND active`,
      [name],
    );
    await admin.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1`,
      [name],
    );
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }, 10_000);
}

async function withAdmin<T>(url: string, fn: (admin: Database) => Promise<T>): Promise<T> {
  const admin = open(url);
  try {
    return await fn(admin);
  } finally {
    await admin.close();
  }
}

function open(connectionString: string): Database {
  return new Database({ connectionString, applicationName: 'testkit', max: 2 });
}

/** `url` with another database's name. */
export function databaseUrl(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.toString();
}
