export { grantServiceAccount } from './admin/grant.ts';
export { migrateIdentity } from './migrate.ts';
export { IDENTITY_OPTIONS } from './options.ts';
export { type IdentityOptions, type RunningIdentity, startIdentity } from './server.ts';
export { identitySettings } from './settings.ts';
