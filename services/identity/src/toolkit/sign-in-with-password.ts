import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { emailOf } from './limits.ts';
import { signIn } from './sign-in.ts';

/** accounts:signInWithPassword. */
export async function signInWithPassword(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, config } = call;
  check(config.allowPasswordSignup, 'PASSWORD_LOGIN_DISABLED');
  const [given, password] = [body.text('email'), body.text('password')];
  check(given !== undefined, 'MISSING_EMAIL');
  const email = emailOf(given);
  check(password, 'MISSING_PASSWORD');
  const isPrivate = config.enableImprovedEmailPrivacy;
  identity.attempts?.begin(realm, email);
  const account = await identity.provider.checkPassword(realm, email, password);
  if (account === undefined) {
    if (isPrivate) check(false, 'INVALID_LOGIN_CREDENTIALS');
    const known = await identity.provider.find(realm, { email });
    check(known, 'EMAIL_NOT_FOUND');
    check(!known.disabled, 'USER_DISABLED');
    check(false, 'INVALID_PASSWORD');
  }
  identity.attempts?.succeeded(realm, email);
  return {
    kind: 'identitytoolkit#VerifyPasswordResponse',
    registered: true,
    localId: account.localId,
    email,
    displayName: account.displayName ?? '',
    ...(await signIn(call, account, 'password')),
  };
}
