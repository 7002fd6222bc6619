import type { Principal } from '@telestack/rpc';
import type { JWTPayload } from 'jose';
import type { PrincipalChange } from './change.ts';

type User = Extract<Principal, { kind: 'user' }>;

/** Claims that say who someone is and how he signed in; all others are the project's own. */
const STANDARD_CLAIMS = new Set([
  ...['iss', 'aud', 'sub', 'iat', 'exp', 'nbf', 'jti', 'auth_time', 'user_id', 'uid', 'firebase'],
  ...['email', 'email_verified', 'phone_number', 'name', 'picture', 'provider_id'],
]);

export function userPrincipal(
  payload: JWTPayload & { readonly sub: string; readonly exp: number },
  project: string,
): User {
  return { kind: 'user', uid: payload.sub, claims: payload, project, expiresAt: payload.exp * 1000 };
}

/** Claims that a session token has for the provider's own use. */
const SESSION_CLAIMS = new Set([
  ...['tId', 'rsub', 'sessionHandle', 'refreshTokenHash1', 'parentRefreshTokenHash1', 'antiCsrfToken'],
  ...['st-role', 'st-perm', 'accountId'],
]);

/** The user of the identity provider's own session token: `accountId` names the account where the subject is only one of its sign-ins. */
export function sessionPrincipal(
  payload: JWTPayload & { readonly sub: string; readonly exp: number },
  project: string,
): User {
  const { accountId } = payload;
  const uid = typeof accountId === 'string' && accountId !== '' ? accountId : payload.sub;
  const claims = Object.entries(payload).filter(([name]) => !SESSION_CLAIMS.has(name));
  return userPrincipal({ ...(Object.fromEntries(claims) as typeof payload), sub: uid }, project);
}

/**
 * What a change makes of a principal that is in use, such as a live listener's: itself when it is not concerned, with other claims, or `revoked`.
 */
export function applyChange(principal: Principal, change: PrincipalChange): Principal | 'revoked' {
  if (change.kind === 'apiKey')
    return principal.kind === 'apiKey' && principal.keyId === change.keyId ? 'revoked' : principal;
  if (change.kind === 'serviceAccount')
    return principal.kind === 'admin' && principal.account === change.email ? 'revoked' : principal;
  if (principal.kind !== 'user' || principal.uid !== change.uid) return principal;
  if (principal.project !== undefined && principal.project !== change.project) return principal;
  const issuedAt = typeof principal.claims.iat === 'number' ? principal.claims.iat : 0;
  if (change.blocked || (change.validSince !== undefined && issuedAt < change.validSince)) return 'revoked';
  if (change.claims === undefined) return principal;
  const { now, before } = change.claims;
  const kept = Object.entries(principal.claims).filter(
    ([name]) => STANDARD_CLAIMS.has(name) || !before.includes(name),
  );
  const added = Object.entries(now).filter(([name]) => !STANDARD_CLAIMS.has(name));
  return { ...principal, claims: Object.fromEntries([...kept, ...added]) };
}
