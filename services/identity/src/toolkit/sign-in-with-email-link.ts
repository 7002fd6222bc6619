import { randomId } from '../accounts/ids.ts';
import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { emailOf } from './limits.ts';
import { signIn, userOfToken } from './sign-in.ts';

/** accounts:signInWithEmailLink: a mailed code instead of a password; with an ID token it links the address to that user. */
export async function signInWithEmailLink(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, config } = call;
  const { provider, oob } = identity;
  check(config.enableEmailLinkSignin, 'OPERATION_NOT_ALLOWED');
  const idToken = body.text('idToken');
  const linking = idToken ? (await userOfToken(call, idToken)).account : undefined;
  const [given, code] = [body.text('email'), body.text('oobCode')];
  check(given, 'MISSING_EMAIL');
  const email = emailOf(given);
  check(code, 'MISSING_OOB_CODE');
  const request = await oob.find(realm, code);
  check(request.requestType === 'EMAIL_SIGNIN', 'INVALID_OOB_CODE');
  check(
    request.email === email,
    'INVALID_EMAIL : The email provided does not match the sign-in email address.',
  );
  await oob.take(realm, code);
  const known = await provider.find(realm, { email });
  if (linking && known) check(linking.localId === known.localId, 'EMAIL_EXISTS');
  const user = linking ?? known;
  const fields = { email, emailVerified: true, emailLinkSignin: true };
  if (user) check(!user.disabled, 'USER_DISABLED');
  const account = user
    ? await provider.update(realm, user.localId, fields)
    : await provider.create(realm, randomId(), { ...fields, createdAt: Date.now() });
  return {
    kind: 'identitytoolkit#EmailLinkSigninResponse',
    email,
    localId: account.localId,
    isNewUser: user === undefined,
    ...(await signIn(call, account, 'password')),
  };
}
