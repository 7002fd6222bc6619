import { randomBytes } from 'node:crypto';
import { Database, migrate } from '@telestack/pg';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MIGRATIONS } from './setup.ts';

// What the operator's role in PostgreSQL is, and what most hosted ones give: owner of a database that may replicate, and no superuser.
const role = `owner_${randomBytes(6).toString('hex')}`;
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  const admin = new Database({
    connectionString: database.url,
    applicationName: 'least-rights-test',
    max: 1,
  });
  await admin.query(`CREATE ROLE ${role} REPLICATION`);
  await admin.query(`ALTER DATABASE ${database.name} OWNER TO ${role}`);
  await admin.close();
});
afterAll(async () => {
  const admin = new Database({
    connectionString: database.url,
    applicationName: 'least-rights-test',
    max: 1,
  });
  await admin.query(`DROP OWNED BY ${role} CASCADE`);
  await admin.query(`ALTER DATABASE ${database.name} OWNER TO CURRENT_USER`);
  await admin.query(`DROP ROLE ${role}`);
  await admin.close();
  await database.drop();
});

test('migrations need no superuser', async () => {
  const owner = new Database({
    connectionString: database.url,
    applicationName: 'least-rights-test',
    max: 1,
    settings: { role },
  });
  try {
    await migrate(owner, MIGRATIONS);
    const { rows } = await owner.query<{ is: boolean }>(
      'SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ is: false }]);
  } finally {
    await owner.close();
  }
});
