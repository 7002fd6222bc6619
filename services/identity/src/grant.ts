import { parseArgs } from 'node:util';
import { describeUsage, grantServiceAccount } from './admin/grant.ts';

// The first administrator of a project: whoever reaches the database may make one.
const { positionals } = parseArgs({ allowPositionals: true });
const [project, account] = positionals;
// A process that is all services has a role for each of them.
const databaseUrl = process.env.IDENTITY_DATABASE_URL || process.env.DATABASE_URL;
if (project === undefined || account === undefined || databaseUrl === undefined) {
  console.error(describeUsage());
  process.exitCode = 2;
} else {
  const tokenUri = `${process.env.PUBLIC_URL ?? 'http://localhost:8080'}/token`;
  const file = await grantServiceAccount({ databaseUrl, project, account, tokenUri });
  console.log(JSON.stringify(file, null, 2));
}
