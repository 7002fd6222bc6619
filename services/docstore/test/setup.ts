import { join } from 'node:path';
import { Database, isConnectionError } from '@telestack/pg';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { Committer } from '../src/commit/committer.ts';
import { PLANNER_SETTINGS } from '../src/database.ts';

export const MIGRATIONS = join(import.meta.dirname, '../migrations');

export interface TestStore extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly committer: Committer;
}

/** A migrated database of this file's own, with a committer. */
export async function openStore(): Promise<TestStore> {
  const test = await createDatabase({ migrations: MIGRATIONS });
  const database = new Database({
    connectionString: test.url,
    applicationName: 'docstore-test',
    max: 10,
    settings: PLANNER_SETTINGS,
  });
  const committer = new Committer(database, { isConnectionError, now: () => Date.now() * 1000 });
  return {
    test,
    database,
    committer,
    async [Symbol.asyncDispose]() {
      await committer.drain();
      await database.close();
      await test.drop();
    },
  };
}

/** An operation on "users/alice" of the database "p/d". */
export function key(path: string, database = 'p/d') {
  const segments = path.split('/');
  return {
    database,
    path,
    parentPath: segments.slice(0, -2).join('/'),
    collectionId: segments.at(-2)!,
    documentId: segments.at(-1)!,
  };
}
