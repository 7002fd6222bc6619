export type { Profile, RateLimits } from './authenticate.ts';
export { parseOrigins } from './http/headers.ts';
export { GATEWAY_OPTIONS } from './options.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './server.ts';
export { gatewaySettings } from './settings.ts';
