import type { Principal } from '@telestack/rpc';
import type { JWTPayload } from 'jose';
import type { PrincipalChange, UserChange } from './change.ts';

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

/** Whose user it is. Unsigned tokens, which only the dev profile knows, are of the project that they name. */
export function realmOf({ project, claims }: User): {
  readonly project: string | undefined;
  readonly tenant: string;
} {
  const { tenant } = (claims.firebase ?? {}) as { readonly tenant?: unknown };
  const named = typeof claims.aud === 'string' ? claims.aud : undefined;
  return { project: project ?? named, tenant: typeof tenant === 'string' ? tenant : '' };
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
  const { project = change.project, tenant } = realmOf(principal);
  if (project !== change.project || tenant !== (change.tenant ?? '')) return principal;
  const issuedAt = typeof principal.claims.iat === 'number' ? principal.claims.iat : 0;
  if (change.blocked || (change.validSince !== undefined && issuedAt < change.validSince)) return 'revoked';
  return change.claims === undefined ? principal : withClaims(principal, issuedAt, change.claims);
}

function withClaims(principal: User, issuedAt: number, claims: NonNullable<UserChange['claims']>): User {
  const { now, before, at } = claims;
  // A token of a later second was made of the account as it is; one of the same second gets what it may have already.
  if (at !== undefined && issuedAt * 1000 > at) return principal;
  const kept = Object.entries(principal.claims).filter(
    ([name]) => STANDARD_CLAIMS.has(name) || !before.includes(name),
  );
  const added = Object.entries(now).filter(([name]) => !STANDARD_CLAIMS.has(name));
  return { ...principal, claims: Object.fromEntries([...kept, ...added]) };
}
