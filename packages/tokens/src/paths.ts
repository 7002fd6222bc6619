/** Public paths of the identity service, which the gateway passes on to it; Firestore's differ in what follows the project. */
export const IDENTITY_PATHS: readonly (string | RegExp)[] = [
  '/identitytoolkit.googleapis.com/',
  '/securetoken.googleapis.com/',
  '/oauth2.googleapis.com/',
  '/www.googleapis.com/',
  '/emulator/action',
  '/.well-known/jwks.json',
  '/token',
  '/v1/signingKeys',
  /^\/v1\/projects\/[^/]+\/(apiKeys|serviceAccounts|accounts|auditLog)(\/|$)/,
  /^\/emulator\/v1\/projects\/[^/]+\/(accounts|oobCodes|verificationCodes|config|tenants)(\/|$)/,
];

/** Paths below which the identity provider's own front-end API decides by credentials that only it knows: the gateway passes them on unread. */
export const IDENTITY_OPEN_PATHS: readonly string[] = ['/auth/'];
