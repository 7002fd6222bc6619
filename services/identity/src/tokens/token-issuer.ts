import { StatusError } from '@telestack/errors';
import {
  ACCESS_TOKEN_ISSUER,
  ALGORITHM,
  ID_TOKEN_ISSUER,
  SESSION_COOKIE_ISSUER,
  TOKEN_LIFETIME_MS,
} from '@telestack/tokens';
import {
  createLocalJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { type Account, claimsOf, type Realm } from '../accounts/account.ts';
import { check, IdentityError } from '../errors.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SessionData } from '../provider/provider.ts';

export const TOKEN_LIFETIME_S = TOKEN_LIFETIME_MS / 1000;

export interface IdTokenPayload extends JWTPayload {
  readonly sub: string;
  readonly iat: number;
  readonly firebase: { readonly sign_in_provider: string; readonly tenant?: string };
}

/**
 * Makes and reads our own tokens. The dev profile's are unsigned, as the emulator's are: firebase-admin accepts no others from an emulator.
 */
export class TokenIssuer {
  readonly #keys: SigningKeys;
  readonly #isSigned: boolean;

  constructor(keys: SigningKeys, profile: 'dev' | 'production') {
    this.#keys = keys;
    this.#isSigned = profile === 'production';
  }

  idToken(realm: Realm, account: Account, session: SessionData): Promise<string> {
    const { project } = realm;
    const payload = {
      ...payloadOf(realm, account, session),
      iss: `${ID_TOKEN_ISSUER}${project}`,
      aud: project,
    };
    return this.#issue(payload, TOKEN_LIFETIME_S);
  }

  /** A cookie for the owner of an ID token. @param lifetime in seconds */
  sessionCookie({ project }: Realm, payload: IdTokenPayload, lifetime: number): Promise<string> {
    return this.#issue({ ...payload, iss: `${SESSION_COOKIE_ISSUER}${project}` }, lifetime);
  }

  /** For a service account that has proved itself; always signed. */
  async accessToken(project: string, account: string): Promise<string> {
    const payload = { iss: ACCESS_TOKEN_ISSUER, aud: ACCESS_TOKEN_ISSUER, sub: account, project_id: project };
    return this.#sign(payload, TOKEN_LIFETIME_S);
  }

  /**
   * The payload of an ID token of the realm. The dev profile neither verifies it nor lets it expire.
   * @throws IdentityError INVALID_ID_TOKEN, TOKEN_EXPIRED, TENANT_ID_MISMATCH
   */
  async readIdToken({ project, tenant }: Realm, token: string): Promise<IdTokenPayload> {
    const payload = this.#isSigned ? await this.#verify(project, token) : decode(token);
    check(isIdToken(payload), 'INVALID_ID_TOKEN');
    check((payload.firebase.tenant ?? '') === tenant, 'TENANT_ID_MISMATCH');
    return payload;
  }

  async #verify(project: string, token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(await this.#keys.jwks()), {
        algorithms: [ALGORITHM],
        issuer: `${ID_TOKEN_ISSUER}${project}`,
        audience: project,
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      return payload;
    } catch (cause) {
      if (cause instanceof StatusError) throw cause;
      const isExpired = cause instanceof errors.JWTExpired;
      throw new IdentityError(isExpired ? 'TOKEN_EXPIRED' : 'INVALID_ID_TOKEN', { cause });
    }
  }

  async #issue(payload: JWTPayload, lifetime: number): Promise<string> {
    if (this.#isSigned) return this.#sign(payload, lifetime);
    const now = Math.floor(Date.now() / 1000);
    return new UnsecuredJWT({ ...payload, iat: now, exp: now + lifetime }).encode();
  }

  async #sign(payload: JWTPayload, lifetime: number): Promise<string> {
    const { kid, key } = await this.#keys.current();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...payload, iat: now, exp: now + lifetime })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
      .sign(key);
  }
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new IdentityError('INVALID_ID_TOKEN', { cause });
  }
}

function isIdToken(payload: JWTPayload): payload is IdTokenPayload {
  const { sub, iat, firebase } = payload;
  return (
    typeof sub === 'string' && typeof iat === 'number' && typeof firebase === 'object' && firebase !== null
  );
}

function payloadOf({ tenant }: Realm, account: Account, session: SessionData): JWTPayload {
  const identities: Record<string, string[]> = {};
  if (account.email !== undefined) identities.email = [account.email];
  if (account.phoneNumber !== undefined) identities.phone = [account.phoneNumber];
  for (const { providerId, rawId } of account.providers) identities[providerId] = [rawId];
  return {
    name: account.displayName,
    picture: account.photoUrl,
    ...claimsOf(account),
    ...session.claims,
    // What says who it is comes last: no custom claim can stand for it.
    email: account.email,
    email_verified: account.email === undefined ? undefined : account.emailVerified,
    phone_number: account.phoneNumber,
    provider_id: session.provider === 'anonymous' ? 'anonymous' : undefined,
    auth_time: session.authTime,
    user_id: account.localId,
    sub: account.localId,
    firebase: {
      identities,
      sign_in_provider: session.provider,
      ...(tenant === '' ? {} : { tenant }),
    },
  };
}
