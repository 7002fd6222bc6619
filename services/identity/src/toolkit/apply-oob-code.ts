import type { Account } from '../accounts/account.ts';
import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { nowInSeconds } from './sign-in.ts';

/** Does what a mailed code proves the right to: verifies an address, changes it, or takes a change back. */
export async function applyOobCode({ identity, realm }: ToolkitCall, code: string): Promise<Account> {
  const { provider, oob } = identity;
  const { requestType, email, newEmail, localId } = await oob.take(realm, code);
  switch (requestType) {
    case 'VERIFY_EMAIL': {
      const user = await provider.find(realm, { email });
      check(user, 'INVALID_OOB_CODE');
      return provider.update(realm, user.localId, { emailVerified: true });
    }
    case 'VERIFY_AND_CHANGE_EMAIL': {
      const user = await provider.find(realm, { email });
      check(user && newEmail !== undefined, 'INVALID_OOB_CODE');
      check(!(await provider.find(realm, { email: newEmail })), 'EMAIL_EXISTS');
      const initialEmail = user.initialEmail ?? email;
      const validSince = nowInSeconds();
      return provider.update(realm, user.localId, {
        email: newEmail,
        emailVerified: true,
        initialEmail,
        validSince,
      });
    }
    case 'RECOVER_EMAIL': {
      check(localId !== undefined, 'INVALID_OOB_CODE');
      const user = await provider.find(realm, { localId });
      check(user, 'INVALID_OOB_CODE');
      check(user.email === email || !(await provider.find(realm, { email })), 'EMAIL_EXISTS');
      return provider.update(realm, user.localId, { email, emailVerified: true, validSince: nowInSeconds() });
    }
    default:
      check(false, 'INVALID_OOB_CODE');
  }
}
