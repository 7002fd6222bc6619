import type { Account } from '../accounts/account.ts';
import { check } from '../errors.ts';
import type { IdTokenPayload } from '../tokens/token-issuer.ts';
import { TOKEN_LIFETIME_S } from '../tokens/token-issuer.ts';
import type { ToolkitCall } from './call.ts';

export interface SignedIn {
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds, as text. */
  readonly expiresIn: string;
}

/** A session for the account, with its first tokens. @throws IdentityError USER_DISABLED */
export async function signIn(
  { identity, realm }: ToolkitCall,
  account: Account,
  provider: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<SignedIn> {
  check(!account.disabled, 'USER_DISABLED');
  const now = Date.now();
  const updated = await identity.provider.update(realm, account.localId, {
    lastLoginAt: now,
    lastRefreshAt: now,
  });
  check(!updated.disabled, 'USER_DISABLED');
  const data = { provider, claims, authTime: Math.floor(now / 1000) };
  const { refreshToken } = await identity.provider.createSession(realm, account.localId, data);
  const idToken = await identity.tokens.idToken(realm, updated, data);
  return { idToken, refreshToken, expiresIn: String(TOKEN_LIFETIME_S) };
}

export interface TokenUser {
  readonly account: Account;
  readonly payload: IdTokenPayload;
  readonly signInProvider: string;
}

/**
 * Whose ID token it is.
 * @throws IdentityError INVALID_ID_TOKEN, TOKEN_EXPIRED (also when revoked), USER_NOT_FOUND, USER_DISABLED
 */
export async function userOfToken({ identity, realm }: ToolkitCall, idToken: string): Promise<TokenUser> {
  const payload = await identity.tokens.readIdToken(realm, idToken);
  const account = await identity.provider.find(realm, { localId: payload.sub });
  check(account, 'USER_NOT_FOUND');
  check(payload.iat >= (account.validSince ?? 0), 'TOKEN_EXPIRED');
  check(!account.disabled, 'USER_DISABLED');
  return { account, payload, signInProvider: payload.firebase.sign_in_provider };
}

/** Google's limit. */
const RECENT_S = 5 * 60;

/**
 * What takes an account over wants more than a token that may have been stolen: SDKs ask the user to sign in again. As Google's emulator, the dev
 * profile does not ask.
 * @throws IdentityError CREDENTIAL_TOO_OLD_LOGIN_AGAIN
 */
export function checkRecentSignIn({ identity }: ToolkitCall, { payload }: TokenUser): void {
  const { auth_time: signedInAt } = payload;
  const isRecent = typeof signedInAt === 'number' && nowInSeconds() - signedInAt <= RECENT_S;
  check(identity.profile === 'dev' || isRecent, 'CREDENTIAL_TOO_OLD_LOGIN_AGAIN');
}

export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
