import { StatusError, unauthenticated } from '@telestack/errors';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';

/** Google's own sentence for a credential that is no good; says nothing of why, which is for the log. */
export const INVALID_CREDENTIALS =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

export const ALGORITHM = 'RS256';
/** Google's tokens stay below 4 KiB; custom claims are at most 1,000 characters. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const CLOCK_TOLERANCE_S = 5;

export function invalidCredentials(cause?: unknown): StatusError {
  return unauthenticated(INVALID_CREDENTIALS, { cause });
}

export interface Unverified {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly payload: JWTPayload;
}

/** What a token says of itself, to choose how to verify it. Nothing of it is true yet. @throws StatusError UNAUTHENTICATED */
export function readUnverified(token: string): Unverified {
  if (token.length > MAX_TOKEN_LENGTH) throw invalidCredentials(new Error('The token is too long.'));
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return {
      alg: typeof alg === 'string' ? alg : '',
      kid: typeof kid === 'string' ? kid : undefined,
      payload: decodeJwt(token),
    };
  } catch (cause) {
    throw invalidCredentials(cause);
  }
}

/** True for a token that says it is not signed: the dev profile's. */
export function isUnsigned(token: string): boolean {
  return token.endsWith('.') && token.split('.').length === 3;
}

/**
 * The payload of a token that is signed by the key which its `kid` names, with the one algorithm that key is for, in force now. Keys that the token
 * brings along (`jwk`, `jku`, `x5c`) are not looked at. Without an expected audience it must have none. @throws StatusError UNAUTHENTICATED; UNAVAILABLE when no keys can be had
 */
export async function verifySignature(
  token: string,
  expected: { readonly issuer: string; readonly audience: string | undefined; readonly now: number },
  keyOf: (kid: string) => Promise<CryptoKey>,
): Promise<JWTPayload & { readonly sub: string; readonly iat: number; readonly exp: number }> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        if (typeof kid !== 'string' || kid === '')
          throw invalidCredentials(new Error('The token names no key.'));
        return keyOf(kid);
      },
      {
        algorithms: [ALGORITHM],
        issuer: expected.issuer,
        ...(expected.audience === undefined ? {} : { audience: expected.audience }),
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(expected.now),
      },
    );
    const { sub, iat, exp, aud } = payload;
    if (typeof sub !== 'string' || sub === '' || sub.length > 128)
      throw new Error('The subject is not valid.');
    if (typeof iat !== 'number' || iat > expected.now / 1000 + CLOCK_TOLERANCE_S)
      throw new Error('The token was issued in the future.');
    if (typeof exp !== 'number') throw new Error('The token does not end.');
    // A list of audiences is legal JWT, but nobody here issues one.
    if (aud !== expected.audience) throw new Error('The audience is not valid.');
    return { ...payload, sub, iat, exp };
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw invalidCredentials(thrown);
  }
}
