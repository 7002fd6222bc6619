export { type RunningGrpcServer, startGrpcServer } from './grpc.ts';
export { jsonLog, type Log } from './log.ts';
export { runService, type ServiceSpec } from './run-service.ts';
