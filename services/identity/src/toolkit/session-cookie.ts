import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { userOfToken } from './sign-in.ts';

const MIN_S = 5 * 60;
const MAX_S = 14 * 24 * 3600;

/** projects:createSessionCookie: a longer-lived token for a web server's cookie. */
export async function createSessionCookie(call: ToolkitCall): Promise<object> {
  const { identity, realm, body } = call;
  const idToken = body.text('idToken');
  check(idToken, 'MISSING_ID_TOKEN');
  const lifetime = body.int('validDuration') ?? MAX_S;
  check(lifetime >= MIN_S && lifetime <= MAX_S, 'INVALID_DURATION');
  const { payload } = await userOfToken(call, idToken);
  return { sessionCookie: await identity.tokens.sessionCookie(realm, payload, lifetime) };
}
