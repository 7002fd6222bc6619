export { lockFolder } from './folder-lock.ts';
export type { Log } from './log.ts';
export { findMinio } from './minio/program.ts';
export { type MinioOptions, type MinioServer, startMinio } from './minio/server.ts';
export {
  MINIO_DEFAULTS,
  MINIO_NATS_ARN,
  MINIO_REGION,
  type MinioNatsTarget,
  type MinioNotifications,
  minioNatsEnvironment,
} from './minio/settings.ts';
export { findNatsServer, NATS_VERSION } from './nats/program.ts';
export { type NatsOptions, type NatsServer, startNats } from './nats/server.ts';
export { choosePort, freePort } from './ports.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/server.ts';
export { commandOf } from './processes.ts';
export { cacheFolder } from './programs/program.ts';
export { type StopStep, type SupervisedProcess, Supervisor } from './supervisor.ts';
export {
  KUBERNETES_FOLDER,
  MINIO_FOLDER,
  makeTempFolder,
  NATS_FOLDER,
  POSTGRES_FOLDER,
  type TempFolder,
} from './temp-folder.ts';
