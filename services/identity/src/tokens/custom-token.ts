import { decodeJwt, errors, type JWTPayload } from 'jose';
import type { Realm } from '../accounts/account.ts';
import { signedByAccount } from '../admin/signed-by-account.ts';
import type { IdentityContext } from '../context.ts';
import { check, IdentityError } from '../errors.ts';
import { checkClaims, localIdOf } from '../toolkit/limits.ts';

const AUDIENCE = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';
/** Google's limit on what a server may sign ahead. */
const MAX_LIFETIME_S = 3_600;

export interface CustomToken {
  readonly uid: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * What a custom token says. In production it must be signed by a key of one of the project's service accounts; the dev profile
 * believes it, and plain JSON as well.
 */
export async function readCustomToken(
  identity: IdentityContext,
  realm: Realm,
  token: string,
): Promise<CustomToken> {
  const payload = identity.profile === 'dev' ? decode(token) : await verify(identity, realm, token);
  const uid = textOf(payload.uid) ?? textOf(payload.user_id);
  check(uid, 'MISSING_IDENTIFIER');
  if (realm.tenant !== '' && !token.startsWith('{'))
    check(payload.tenant_id === realm.tenant, 'TENANT_ID_MISMATCH');
  const { claims = {} } = payload;
  checkClaims(claims);
  return { uid: localIdOf(uid), claims };
}

function decode(token: string): JWTPayload {
  try {
    if (token.startsWith('{')) return JSON.parse(token) as JWTPayload;
    const payload = decodeJwt(token);
    check(payload.aud === AUDIENCE, `INVALID_CUSTOM_TOKEN : Invalid audience: ${String(payload.aud)}`);
    return payload;
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause;
    throw new IdentityError('INVALID_CUSTOM_TOKEN : Invalid assertion format', { cause });
  }
}

async function verify(
  { serviceAccounts }: IdentityContext,
  { project }: Realm,
  token: string,
): Promise<JWTPayload> {
  try {
    const signed = await signedByAccount(serviceAccounts, token, {
      audience: AUDIENCE,
      subject: decodeJwt(token).iss ?? '',
    });
    check(signed?.project === project, 'CREDENTIAL_MISMATCH');
    const { payload } = signed;
    check(payload.exp! - payload.iat! <= MAX_LIFETIME_S, 'INVALID_CUSTOM_TOKEN : The token lasts too long.');
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw new IdentityError('TOKEN_EXPIRED', { cause });
    if (cause instanceof errors.JOSEError || cause instanceof TypeError)
      throw new IdentityError('INVALID_CUSTOM_TOKEN', { cause });
    throw cause;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
