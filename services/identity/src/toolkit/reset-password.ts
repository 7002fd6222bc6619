import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { checkPasswordStrength } from './limits.ts';
import { nowInSeconds } from './sign-in.ts';

/** accounts:resetPassword: tells what a code is good for, and with a new password sets it. */
export async function resetPassword({ identity, realm, body, config }: ToolkitCall): Promise<object> {
  const { oob, provider } = identity;
  const [code, newPassword] = [body.text('oobCode'), body.text('newPassword')];
  check(code, 'MISSING_OOB_CODE');
  const request = await oob.find(realm, code);
  if (newPassword !== undefined) {
    check(config.allowPasswordSignup, 'PASSWORD_LOGIN_DISABLED');
    check(request.requestType === 'PASSWORD_RESET', 'INVALID_OOB_CODE');
    checkPasswordStrength(newPassword);
    await oob.take(realm, code);
    const user = await provider.find(realm, { email: request.email });
    check(user, 'INVALID_OOB_CODE');
    await provider.update(realm, user.localId, {
      password: newPassword,
      // Whoever reads the mail owns the address.
      emailVerified: true,
      validSince: nowInSeconds(),
      // What was linked before may be somebody else's, who had the address wrongly.
      unlinkProviders: user.emailVerified ? [] : user.providers.map(({ providerId }) => providerId),
    });
  }
  return {
    kind: 'identitytoolkit#ResetPasswordResponse',
    requestType: request.requestType,
    // Who follows a sign-in link has to know the address himself.
    email: request.requestType === 'EMAIL_SIGNIN' ? undefined : request.email,
    newEmail: request.newEmail,
  };
}
