import type { AccountChanges } from '../accounts/account.ts';
import { randomId } from '../accounts/ids.ts';
import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { checkPasswordStrength, emailOf, localIdOf, phoneNumberOf } from './limits.ts';
import { nowInSeconds, signIn, userOfToken } from './sign-in.ts';

/**
 * accounts:signUp: a new user with email and password or anonymous, a password for the user of an ID token, or, for administrators, any user.
 */
export async function signUp(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, config, isPrivileged } = call;
  const [idToken, email, password] = [body.text('idToken'), body.text('email'), body.text('password')];
  const givenId = body.text('localId');
  const isWithPassword = idToken !== undefined || email !== undefined || password !== undefined;
  let provider: string | undefined;
  if (isPrivileged) {
    check(!(idToken && givenId), 'UNEXPECTED_PARAMETER : User ID');
  } else {
    check(!givenId, 'UNEXPECTED_PARAMETER : User ID');
    provider = isWithPassword ? 'password' : 'anonymous';
    if (isWithPassword) {
      check(email !== undefined, 'MISSING_EMAIL');
      check(password, 'MISSING_PASSWORD');
      check(config.allowPasswordSignup, 'OPERATION_NOT_ALLOWED');
    } else {
      check(config.enableAnonymousUser, 'ADMIN_ONLY_OPERATION');
    }
  }
  if (password) checkPasswordStrength(password);
  const now = Date.now();
  const fields: AccountChanges = {
    ...(isPrivileged ? privilegedFields(call) : {}),
    ...(email === undefined ? {} : { email: emailOf(email) }),
    ...(isPrivileged || email === undefined ? {} : { emailVerified: false }),
    ...(isPrivileged || isWithPassword
      ? { displayName: body.text('displayName'), photoUrl: body.text('photoUrl') }
      : {}),
    ...(password ? { password, validSince: nowInSeconds() } : {}),
    ...(isPrivileged ? {} : { lastLoginAt: now }),
  };
  const user = idToken === undefined ? undefined : await userOfToken(call, idToken);
  if (fields.email != null) {
    const owner = await identity.provider.find(realm, { email: fields.email });
    // Said before the password is hashed, which is dear. One's own address, which a provider has told, may get a password.
    check(!owner || owner.localId === user?.account.localId, 'EMAIL_EXISTS');
  }
  const account = user
    ? await identity.provider.update(realm, user.account.localId, withoutReset(fields, user.account.email))
    : await identity.provider.create(realm, givenId === undefined ? randomId() : localIdOf(givenId), {
        ...fields,
        createdAt: now,
      });
  return {
    kind: 'identitytoolkit#SignupNewUserResponse',
    localId: account.localId,
    displayName: account.displayName,
    email: account.email,
    ...(provider === undefined ? {} : await signIn(call, account, provider)),
  };
}

function privilegedFields({ body }: ToolkitCall): AccountChanges {
  const phoneNumber = body.text('phoneNumber');
  return {
    emailVerified: body.flag('emailVerified') ?? false,
    ...(phoneNumber === undefined ? {} : { phoneNumber: phoneNumberOf(phoneNumber) }),
    ...(body.flag('disabled') ? { disabled: true } : {}),
  };
}

/** The address that is there already stays as verified as it is. */
function withoutReset(
  { emailVerified, ...fields }: AccountChanges,
  email: string | undefined,
): AccountChanges {
  return fields.email === email ? fields : { ...fields, emailVerified };
}
