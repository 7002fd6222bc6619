import { permissionDenied, unauthenticated } from '@telestack/errors';
import { ADMIN, ANONYMOUS, type Principal } from '@telestack/rpc';

export type Profile = 'dev' | 'production';

/**
 * Who a request's `authorization` header says it is. The dev profile follows the emulator's conventions: "Bearer owner" is the administrator, and
 * the user of an unsigned token is taken at its word. The production profile knows none of that and refuses what it cannot verify.
 * @throws StatusError UNAUTHENTICATED, PERMISSION_DENIED
 */
export function authenticate(authorization: string | undefined, profile: Profile): Principal {
  if (profile === 'production') {
    if (authorization === undefined) throw permissionDenied('Missing or insufficient permissions.');
    throw unauthenticated('Request had invalid authentication credentials.');
  }
  if (authorization === undefined) return ANONYMOUS;
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated('Request had invalid authentication credentials.');
  if (token === 'owner') return ADMIN;
  return userOf(token);
}

/** The user that an unsigned token names; a token of any other kind (an administrator's access token) is the administrator's. */
function userOf(token: string): Principal {
  const [, payload] = token.split('.');
  if (payload === undefined) return ADMIN;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const uid = claims.sub ?? claims.user_id;
    if (typeof uid === 'string') return { kind: 'user', uid, claims };
  } catch (cause) {
    throw unauthenticated('Request had invalid authentication credentials.', { cause });
  }
  throw unauthenticated('Request had invalid authentication credentials.');
}
