export { type CreateDatabaseOptions, createDatabase, databaseUrl, type TestDatabase } from './database.ts';
export { eventually } from './eventually.ts';
export { activeResources, expectNoLeaks, expectNoSessions } from './leaks.ts';
export { startKubernetes, startMinio, startNats, startPostgres, type TestMinio } from './servers.ts';
export { uniqueStream } from './stream-name.ts';
