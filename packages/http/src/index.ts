export { checkAccess } from './access.ts';
export { DEFAULT_BODY_LIMIT, drain, readBody, readJson } from './body.ts';
export { freeChunk, passOn } from './chunks.ts';
export { httpProxy, startHttpServer } from './internal.ts';
export { send, sendError } from './reply.ts';
export type { Access, HttpCall, HttpMethod, Reply, Route } from './route.ts';
export { type Match, Router } from './router.ts';
export { type HttpService, httpService, type Prefixes } from './service.ts';
export { errorBody, httpStatus, statusName } from './status.ts';
