export type { Profile } from './authenticate.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './server.ts';
