export { type IdentityOptions, type RunningIdentity, startIdentity } from './server.ts';
