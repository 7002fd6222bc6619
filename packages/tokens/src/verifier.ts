import { unavailable } from '@telestack/errors';
import { ANONYMOUS, type Principal } from '@telestack/rpc';
import { type CryptoKey, importJWK, type JWTPayload } from 'jose';
import { ApiKeys } from './api-keys.ts';
import type { Credential } from './authorization.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { PrincipalChange } from './change.ts';
import { followChanges } from './follow-changes.ts';
import { ACCESS_TOKEN_ISSUER, ID_TOKEN_ISSUER, TOKEN_LIFETIME_MS } from './issuers.ts';
import { ALGORITHM, invalidCredentials, isUnsigned, readUnverified, verifySignature } from './jwt.ts';
import { KeyStore } from './key-store.ts';
import { sessionPrincipal, userPrincipal } from './principals.ts';
import type { CredentialSource, VerificationKeys } from './source.ts';
import { trustUnsigned } from './unsigned.ts';
import { UserChanges } from './user-changes.ts';

export interface VerifierOptions {
  readonly source: CredentialSource;
  /** dev: unsigned tokens and "owner" are taken at their word. */
  readonly profile: 'dev' | 'production';
  /** Told of every change that this verifier hears of. */
  readonly onChange?: (change: PrincipalChange) => void;
  readonly onFailure?: (error: unknown) => void;
  /** With no news of revocations for so long, tokens are not accepted any more. */
  readonly maxStalenessMs?: number;
  /** How long an API key's or a service account's record is believed without asking. */
  readonly recordTtlMs?: number;
  readonly now?: () => number;
}

export interface Verifier {
  /** Who the credential is of. @throws StatusError UNAUTHENTICATED, UNAVAILABLE */
  verify(credential: Credential): Promise<Principal>;
  /** Resolves when it knows of all revocations. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** With no news of changes for so long, users' tokens are believed no more. */
export const MAX_STALENESS_MS = 30_000;
const RECORD_TTL_MS = 5_000;
/** Tokens whose signature has been found good; a token is about 1 KiB. */
const VERIFIED_TOKENS = 10_000;
const SERVICE_ACCOUNT_KEYS = 1_000;
const API_AUDIENCE = /^https:\/\/(firestore|storage|identitytoolkit)\.googleapis\.com\/$/;
/** What a service account signs for itself may last no longer (Google's limit). */
const MAX_SELF_SIGNED_S = 3_600 + 60;

/** Verifies credentials in this process; what it needs to know comes from the source once and is kept. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { source, profile, now = Date.now, maxStalenessMs = MAX_STALENESS_MS } = options;
  const users = new UserChanges(TOKEN_LIFETIME_MS, now);
  const apiKeys = new ApiKeys(source, options.recordTtlMs ?? RECORD_TTL_MS, now);
  const verified = new BoundedCache<Principal>(VERIFIED_TOKENS, now);
  const accountKeys = new BoundedCache<{ project: string; key: CryptoKey }>(SERVICE_ACCOUNT_KEYS, now);
  let sessions: Pick<NonNullable<VerificationKeys['sessions']>, 'issuer' | 'project'> | undefined;
  const platformKeys = new KeyStore({
    algorithm: ALGORITHM,
    now,
    fetch: async (signal) => {
      const keys = await source.keys(signal);
      sessions = keys.sessions;
      return keys.platform;
    },
  });
  const sessionKeys = new KeyStore({
    algorithm: ALGORITHM,
    now,
    fetch: async (signal) => (await source.keys(signal)).sessions?.keys ?? { keys: [] },
  });
  const follower = followChanges({
    source,
    now,
    onFailure: options.onFailure,
    onChange: (change) => {
      users.apply(change);
      if (change.kind === 'apiKey') apiKeys.forget(change.keyId);
      if (change.kind === 'serviceAccount') {
        accountKeys.clear();
        verified.deleteWhere((known) => known.kind === 'admin' && known.account === change.email);
      }
      options.onChange?.(change);
    },
  });

  async function verifyToken(token: string): Promise<Principal> {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const principal = await verifyNew(token);
    const { expiresAt } = principal as { expiresAt?: number };
    if (expiresAt !== undefined)
      verified.set(token, principal, Math.min(expiresAt - now(), ttlOf(principal)));
    return principal;
  }

  function ttlOf(principal: Principal): number {
    // A service account's right to its key is not in the list of revoked users: it is asked for again.
    return principal.kind === 'admin' ? (options.recordTtlMs ?? RECORD_TTL_MS) : Number.POSITIVE_INFINITY;
  }

  async function verifyNew(token: string): Promise<Principal> {
    const { payload } = readUnverified(token);
    const { iss } = payload;
    if (typeof iss !== 'string') throw invalidCredentials(new Error('The token names no issuer.'));
    if (iss.startsWith(ID_TOKEN_ISSUER)) {
      const project = iss.slice(ID_TOKEN_ISSUER.length);
      if (project === '' || project.includes('/'))
        throw invalidCredentials(new Error('The issuer is not valid.'));
      const expected = { issuer: iss, audience: project, now: now() };
      const claims = await verifySignature(token, expected, (kid) => platformKeys.get(kid));
      return userPrincipal(claims, project);
    }
    if (iss === ACCESS_TOKEN_ISSUER) {
      const expected = { issuer: iss, audience: ACCESS_TOKEN_ISSUER, now: now() };
      const claims = await verifySignature(token, expected, (kid) => platformKeys.get(kid));
      return adminOf(claims);
    }
    // Who issues sessions is learnt with the keys.
    if (sessions === undefined) await platformKeys.get('').catch(() => {});
    if (sessions !== undefined && iss === sessions.issuer) return verifySession(token, sessions);
    if (iss === payload.sub) return verifySelfSigned(token, iss, payload);
    throw invalidCredentials(new Error('The issuer is not known.'));
  }

  async function verifySession(
    token: string,
    { issuer, project }: { issuer: string; project: string },
  ): Promise<Principal> {
    const expected = { issuer, audience: undefined, now: now() };
    const claims = await verifySignature(token, expected, (kid) => sessionKeys.get(kid));
    return sessionPrincipal(claims, project);
  }

  /** A service account's own JWT instead of an access token, as Google's libraries send it to gRPC APIs. */
  async function verifySelfSigned(
    token: string,
    email: string,
    { aud, scope }: JWTPayload,
  ): Promise<Principal> {
    // The libraries name either the API or, without an audience, scopes of Google's.
    const isForUs =
      aud === undefined ? typeof scope === 'string' : typeof aud === 'string' && API_AUDIENCE.test(aud);
    if (!isForUs) throw invalidCredentials(new Error('The audience is not one of the APIs.'));
    let project = '';
    const expected = { issuer: email, audience: aud as string | undefined, now: now() };
    const claims = await verifySignature(token, expected, async (kid) => {
      const found = await accountKey(email, kid);
      project = found.project;
      return found.key;
    });
    if (claims.exp - claims.iat > MAX_SELF_SIGNED_S)
      throw invalidCredentials(new Error('The token lasts too long.'));
    return { kind: 'admin', project, account: email, expiresAt: claims.exp * 1000 };
  }

  async function accountKey(email: string, kid: string): Promise<{ project: string; key: CryptoKey }> {
    const id = `${email} ${kid}`;
    const known = accountKeys.get(id);
    if (known !== undefined) return known;
    const found = await apiKeys.limited((signal) => source.serviceAccountKey(email, kid, signal));
    const key = found && (await importJWK(found.key, ALGORITHM));
    if (found === undefined || key === undefined || key instanceof Uint8Array)
      throw invalidCredentials(new Error('The key is not known.'));
    const entry = { project: found.project, key };
    accountKeys.set(id, entry, options.recordTtlMs ?? RECORD_TTL_MS);
    return entry;
  }

  /** What the principal is by now. */
  function current(principal: Principal): Principal {
    if (principal.kind === 'user' && principal.project !== undefined && follower.staleness() > maxStalenessMs)
      throw unavailable('Revocations are not known at present.');
    const known = users.current(principal);
    if (known === 'revoked') throw invalidCredentials(new Error('The token is revoked.'));
    return known;
  }

  return {
    ready: follower.ready,
    async verify(credential) {
      if (credential.kind === 'none') return ANONYMOUS;
      if (credential.kind === 'apiKey') return apiKeys.verify(credential.key);
      const { token } = credential;
      if (
        profile === 'dev' &&
        (token === 'owner' || !token.includes('.') || isUnsigned(token) || token.split('.').length === 2)
      )
        return current(trustUnsigned(token));
      return current(await verifyToken(token));
    },
    close: () => follower.close(),
  };
}

function adminOf(claims: JWTPayload & { readonly sub: string; readonly exp: number }): Principal {
  const { project_id: project } = claims;
  if (typeof project !== 'string' || project === '')
    throw invalidCredentials(new Error('The token names no project.'));
  return { kind: 'admin', project, account: claims.sub, expiresAt: claims.exp * 1000 };
}
