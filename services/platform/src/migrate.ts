import { type OptionsOf, parseOptions } from '@telestack/config';
import { migrateDocstore } from '@telestack/docstore';
import { invalidArgument } from '@telestack/errors';
import { migrateIdentity } from '@telestack/identity';
import { Database, type MigrationResult } from '@telestack/pg';
import { migrateStorage } from '@telestack/storage';
import { DATABASE_OPTIONS } from './options.ts';
import type { Environment, ServiceName } from './settings.ts';

/** What `scripts/migrate.ts` understands. */
export const MIGRATION_OPTIONS = DATABASE_OPTIONS;

const CONNECT_TIMEOUT_MS = 30_000;

const SCHEMAS: readonly {
  readonly service: ServiceName;
  readonly url: keyof OptionsOf<typeof MIGRATION_OPTIONS>;
  readonly migrate: (db: Database) => Promise<MigrationResult>;
}[] = [
  { service: 'docstore', url: 'databaseUrl', migrate: migrateDocstore },
  { service: 'identity', url: 'identityDatabaseUrl', migrate: migrateIdentity },
  { service: 'storage', url: 'storageDatabaseUrl', migrate: migrateStorage },
];

/**
 * Brings the tables of all services forward; does nothing where a newer release has done so.
 * @throws StatusError INVALID_ARGUMENT without DATABASE_URL, FAILED_PRECONDITION for a migration that fails
 */
export async function migrateAll(
  environment: Environment,
  log: (message: string, error?: unknown) => void,
): Promise<void> {
  const options = parseOptions(MIGRATION_OPTIONS, environment);
  for (const { service, url, migrate } of SCHEMAS) {
    const connectionString = options[url] ?? options.databaseUrl;
    if (connectionString === undefined) throw invalidArgument('DATABASE_URL is not set.');
    const db = new Database({
      connectionString,
      max: 1,
      applicationName: 'telestack-migrations',
      connectionTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    try {
      const { applied, version } = await migrate(db);
      log(`${service}: ${applied.length === 0 ? 'nothing to do' : applied.join(', ')}; version ${version}.`);
    } finally {
      await db.close();
    }
  }
}
