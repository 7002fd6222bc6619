import { AuditLog } from '@telestack/audit';
import { Database } from '@telestack/pg';
import { PrincipalChanges } from '../credentials/changes.ts';
import { migrateIdentity } from '../migrate.ts';
import { ServiceAccounts } from './service-accounts.ts';

export function describeUsage(): string {
  return 'Usage: DATABASE_URL=postgres://… [PUBLIC_URL=https://…] node grant.ts <project> <account>\nPrints the key file of a service account that administers the project.';
}

/** A key file for a service account of the project, which is made when it is not there. */
export async function grantServiceAccount(options: {
  readonly databaseUrl: string;
  readonly project: string;
  readonly account: string;
  readonly tokenUri: string;
}): Promise<Record<string, string>> {
  const { databaseUrl, project, account, tokenUri } = options;
  const db = new Database({ connectionString: databaseUrl, applicationName: 'telestack-grant', max: 2 });
  try {
    await migrateIdentity(db);
    const accounts = new ServiceAccounts(db, new PrincipalChanges(db));
    const known = (await accounts.list(project)).find(({ email }) => email.startsWith(`${account}@`));
    const { email } = known ?? (await accounts.create(project, account, ''));
    const file = await accounts.createKey(project, email, tokenUri);
    const details = { kid: file.private_key_id };
    await new AuditLog(db, 'identity', () => {}).record({
      project,
      actor: 'operator',
      action: 'serviceAccounts.createKey',
      target: email,
      details,
    });
    return file;
  } finally {
    await db.close();
  }
}
