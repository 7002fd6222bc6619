export { bindService } from './bind.ts';
export type { ByteMethod, ByteService, Channel } from './channel.ts';
export { createClient } from './client.ts';
export {
  ADMIN,
  ANONYMOUS,
  actorOf,
  type CallContext,
  isOfProject,
  type Principal,
  type Scope,
  scopesAllow,
  systemContext,
} from './context.ts';
export type { Client, Handlers, MethodDefinition, Outlet, ServiceDefinition } from './contract.ts';
export { decodeRequest } from './decode-request.ts';
export { grpcChannel } from './grpc-channel.ts';
export { addToGrpcServer, type GrpcServiceOptions } from './grpc-server.ts';
export { localChannel } from './local.ts';
export { fromMetadata, toMetadata, traceparentOf } from './metadata.ts';
export { MessageQueue } from './queue.ts';
export { retryDetails, STATUS_DETAILS } from './retry-info.ts';
