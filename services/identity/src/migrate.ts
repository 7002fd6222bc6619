import { join } from 'node:path';
import { type Database, type MigrationResult, migrate } from '@telestack/pg';

/** Brings the service's tables forward. */
export function migrateIdentity(db: Database): Promise<MigrationResult> {
  return migrate(db, join(import.meta.dirname, '../migrations'), 'identity');
}
