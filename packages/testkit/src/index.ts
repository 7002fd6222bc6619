export { type CreateDatabaseOptions, createDatabase, databaseUrl, type TestDatabase } from './database.ts';
export { eventually } from './eventually.ts';
export { activeResources, expectNoLeaks, expectNoSessions } from './leaks.ts';
export {
  NO_CLUSTER,
  startKubernetes,
  startMinio,
  startNats,
  startPostgres,
  type TestMinio,
} from './servers.ts';
export { type OtherServers, type StartServer, shareServers } from './share-servers.ts';
export { uniqueStream } from './stream-name.ts';
