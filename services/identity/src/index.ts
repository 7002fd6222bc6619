export { grantServiceAccount } from './admin/grant.ts';
export { type IdentityOptions, type RunningIdentity, startIdentity } from './server.ts';
