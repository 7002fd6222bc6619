export { lockFolder } from './folder-lock.ts';
export type { Log } from './log.ts';
export { cacheFolder, findNatsServer, NATS_VERSION } from './nats/binary.ts';
export { type NatsOptions, type NatsServer, startNats } from './nats/server.ts';
export { choosePort, freePort } from './ports.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/server.ts';
export { commandOf } from './processes.ts';
export { type StopStep, type SupervisedProcess, Supervisor } from './supervisor.ts';
export {
  KUBERNETES_FOLDER,
  makeTempFolder,
  NATS_FOLDER,
  POSTGRES_FOLDER,
  type TempFolder,
} from './temp-folder.ts';
