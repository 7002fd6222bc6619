export { apiKeyPrefix, createApiKey, hashApiKey, type NewApiKey } from './api-key.ts';
export { type Credential, readCredential } from './authorization.ts';
export type { PrincipalChange, UserChange } from './change.ts';
export { type ChangeFollower, type FollowOptions, followChanges } from './follow-changes.ts';
export { CREDENTIALS_PATH, httpCredentialSource } from './http-source.ts';
export {
  ACCESS_TOKEN_ISSUER,
  ID_TOKEN_ISSUER,
  SESSION_COOKIE_ISSUER,
  TOKEN_LIFETIME_MS,
} from './issuers.ts';
export { ALGORITHM, INVALID_CREDENTIALS, invalidCredentials } from './jwt.ts';
export { IDENTITY_OPEN_PATHS, IDENTITY_PATHS } from './paths.ts';
export { applyChange } from './principals.ts';
export type {
  ApiKeyRecord,
  ChangesPage,
  CredentialSource,
  ServiceAccountKey,
  VerificationKeys,
} from './source.ts';
export { UserChanges } from './user-changes.ts';
export { createVerifier, MAX_STALENESS_MS, type Verifier, type VerifierOptions } from './verifier.ts';
