export type { Profile, RateLimits } from './authenticate.ts';
export { parseOrigins } from './http/headers.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './server.ts';
