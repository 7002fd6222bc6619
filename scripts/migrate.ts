// Brings the tables of all services forward, before any of them starts: the Job of a release in a cluster. Services do it themselves too.
import { migrateAll } from '@telestack/platform';
import { jsonLog } from '@telestack/runtime';

const log = jsonLog('migrations');
await migrateAll(process.env, log).catch((error: unknown) => {
  log('Not migrated.', error);
  process.exitCode = 1;
});
