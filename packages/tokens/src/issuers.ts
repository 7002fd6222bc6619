/** Issuer of ID tokens, as Firebase's own are named: SDKs compare it. */
export const ID_TOKEN_ISSUER = 'https://securetoken.google.com/';
/** Issuer of session cookies. */
export const SESSION_COOKIE_ISSUER = 'https://session.firebase.google.com/';
/** Issuer and audience of access tokens that service accounts get for their own signature. */
export const ACCESS_TOKEN_ISSUER = 'telestack';
/** ID tokens are in force for an hour. */
export const TOKEN_LIFETIME_MS = 3_600_000;
