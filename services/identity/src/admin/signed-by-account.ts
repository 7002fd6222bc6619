import { ALGORITHM } from '@telestack/tokens';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import type { ServiceAccounts } from './service-accounts.ts';

export interface SignedByAccount {
  readonly payload: JWTPayload;
  readonly email: string;
  readonly project: string;
}

/**
 * What a service account, the token's issuer, has signed. Google's newer libraries do not say with which of its keys: then any may be it.
 * @returns undefined where the account has no such key, or is disabled
 * @throws errors of jose for a token that is not good
 */
export async function signedByAccount(
  serviceAccounts: ServiceAccounts,
  token: string,
  options: Pick<JWTVerifyOptions, 'audience' | 'subject'>,
): Promise<SignedByAccount | undefined> {
  const { iss = '' } = decodeJwt(token);
  const { kid } = decodeProtectedHeader(token);
  const one = kid === undefined ? undefined : await serviceAccounts.keyOf(iss, kid);
  const keys = kid === undefined ? await serviceAccounts.keysOf(iss) : one ? [one] : [];
  const checks = { ...options, algorithms: [ALGORITHM], issuer: iss, requiredClaims: ['exp', 'iat'] };
  let failure: unknown;
  for (const { key, project } of keys) {
    try {
      const { payload } = await jwtVerify(token, await importJWK(key, ALGORITHM), checks);
      return { payload, email: iss, project };
    } catch (error) {
      failure = error;
      // Only what another key could mend.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}
